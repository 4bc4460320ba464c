/** An empty list that says what will stand here and how to begin. */
import { EmptyState } from '@mantine/core';
import type { ReactNode } from 'react';

interface TeachingProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

export function Teaching({ icon, title, children, action }: TeachingProps) {
  return (
    <EmptyState icon={icon} title={title} description={children} py="xl" px="md" withIndicatorBackground>
      {action !== undefined && <EmptyState.Actions>{action}</EmptyState.Actions>}
    </EmptyState>
  );
}
