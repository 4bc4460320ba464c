/** What a change will do, one sentence a step. */
import { List } from '@mantine/core';

export function StepList({ steps }: { steps: readonly string[] }) {
  return (
    <List size="sm" spacing={4} withPadding className="sg-long">
      {steps.map((step) => (
        <List.Item key={step}>{step}</List.Item>
      ))}
    </List>
  );
}
