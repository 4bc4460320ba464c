/** One event: what, to which thing, by whom, why; opened, all that is recorded of it. */
import { Collapse, Group, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditRow } from '../../api/types.ts';
import { Ago, fullTime } from '../../parts/time.tsx';

export function EventLine({ row }: { row: AuditRow }) {
  const { t, i18n } = useTranslation();
  const [opened, { toggle }] = useDisclosure(false);
  const id = useId();
  return (
    <div className="sg-row" style={{ padding: 0 }}>
      <UnstyledButton className="sg-event" onClick={toggle} aria-expanded={opened} aria-controls={id}>
        <IconChevronRight size={17} className="sg-chevron" data-opened={opened} aria-hidden />
        <div style={{ minWidth: 0, flex: 1 }}>
          <Group justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm" fw={600} truncate>
              {t(`event.${row.kind}`, row.kind)}
            </Text>
            <Text size="xs" c="dimmed" component="span" style={{ whiteSpace: 'nowrap' }}>
              <Ago atMs={row.atMs} />
            </Text>
          </Group>
          <Text size="xs" c="dimmed" className="sg-long">
            #{row.position} · {row.stream} · {row.actor}
          </Text>
          {row.reason !== '' && (
            <Text size="sm" className="sg-long">
              {row.reason}
            </Text>
          )}
        </div>
      </UnstyledButton>
      <Collapse expanded={opened} id={id}>
        <div className="sg-event-body">
          <Text size="xs" c="dimmed" className="sg-long">
            {t('log.recorded', {
              time: fullTime(row.atMs, i18n.language),
              node: row.node,
              version: row.version,
              kind: row.kind,
            })}
          </Text>
          <Text size="xs" c="dimmed" className="sg-long">
            {t('log.hash')} <code>{row.hash}</code>
          </Text>
          <pre className="sg-source">{row.payload}</pre>
        </div>
      </Collapse>
    </div>
  );
}
