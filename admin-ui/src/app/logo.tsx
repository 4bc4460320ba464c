/** The sign of the gateway: a gate with a seal in it. */
import { Group, Text } from '@mantine/core';

export function LogoSign({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f6f68" />
      <path
        d="M8 24V14a8 8 0 0 1 16 0v10"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <path d="M6.5 24.5h19" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="16" cy="17" r="4.2" fill="#f2c14e" />
    </svg>
  );
}

export function Logo() {
  return (
    <Group gap="sm" wrap="nowrap">
      <LogoSign />
      <Text fw={700} size="lg" lts="-0.01em">
        Sealgate
      </Text>
    </Group>
  );
}
