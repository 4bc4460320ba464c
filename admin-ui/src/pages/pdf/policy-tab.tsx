/** How passwords are made and handed over, and what stands outside the encryption. */
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfPolicy } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Surface } from '../../parts/surface.tsx';
import { useToast } from '../../parts/toast.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { PasswordFields, RegistrationFields, SendingFields } from './policy-fields.tsx';

const KEY = ['pdf', 'policy'];

export function PolicyTab() {
  const query = useQuery({ queryKey: KEY, queryFn: () => api.pdf.policy.query() });
  return (
    <Waiting query={query}>
      {({ policy, messengerKey }) => (
        <PolicyForm key={JSON.stringify(policy)} policy={policy} messengerKey={messengerKey} />
      )}
    </Waiting>
  );
}

function PolicyForm({ policy, messengerKey }: { policy: PdfPolicy; messengerKey: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState(policy);
  const [saving, setSaving] = useState(false);
  const readOnly = !may('pdf.setPolicy');
  const changed = JSON.stringify(draft) !== JSON.stringify(policy);
  const put = (change: Partial<PdfPolicy>): void => setDraft({ ...draft, ...change });
  const save = async (reason: string): Promise<void> => {
    await api.pdf.setPolicy.mutate({ policy: draft, reason });
    toast(t('pdf.policySaved'));
    await client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <Stack gap="md">
        <Surface title={t('pdf.policy.passwords')}>
          <PasswordFields policy={draft} put={put} />
        </Surface>
        <Surface title={t('pdf.policy.registration')}>
          <RegistrationFields policy={draft} put={put} />
        </Surface>
        <Surface title={t('pdf.policy.sending')}>
          <SendingFields policy={draft} put={put} />
        </Surface>
        {draft.delivery === 'messenger' && (
          <Text size="sm">
            {t('pdf.policy.messengerKey')} <Code>{messengerKey}</Code>
          </Text>
        )}
        {!readOnly && (
          <Group>
            <Button disabled={!changed} onClick={() => setSaving(true)}>
              {t('pdf.policy.save')}
            </Button>
            <Button variant="default" disabled={!changed} onClick={() => setDraft(policy)}>
              {t('cancel')}
            </Button>
          </Group>
        )}
      </Stack>
      <ReasonDialog
        opened={saving}
        title={t('pdf.policy.save')}
        explanation={t('pdf.policy.saveText')}
        action={t('pdf.policy.save')}
        onClose={() => setSaving(false)}
        onConfirm={save}
      />
    </fieldset>
  );
}
