/** A password in the clear, to be read or copied. */
import { Code, Group } from '@mantine/core';
import { CopyTextButton } from './copy-text-button.tsx';

export function ShownPassword({ password }: { password: string }) {
  return (
    <Group>
      <Code fz="lg" p="sm" className="sg-long">
        {password}
      </Code>
      <CopyTextButton text={password} />
    </Group>
  );
}
