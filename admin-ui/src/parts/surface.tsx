/** A bordered area of a page with an optional heading. */
import { Box, Group, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface SurfaceProps {
  readonly title?: string;
  readonly aside?: ReactNode;
  /** Rows reach the border. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Surface({ title, aside, flush = false, children }: SurfaceProps) {
  const id = useId();
  return (
    <section className="sg-surface" aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <Group justify="space-between" px="md" pt="md" pb={flush ? 'xs' : 0}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {aside}
        </Group>
      )}
      <Box p={flush ? 0 : 'md'} className="sg-surface-body" data-titled={title !== undefined}>
        {children}
      </Box>
    </section>
  );
}
