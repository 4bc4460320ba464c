/** What a partner's mail program reads, and the algorithms that are used because of it; an operator may choose others. */
import { Button, DataList, Select, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateDetail } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Surface } from '../../parts/surface.tsx';
import { fullTime } from '../../parts/time.tsx';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';

type Abilities = CertificateDetail['abilities'][number];
type Profile = Abilities['profile'];

const PROFILES: readonly Profile[] = ['automatic', 'strong', 'compatible'];

export function AbilitiesCard({ abilities: a }: { abilities: Abilities }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const [opened, setOpened] = useState(false);
  const item = (label: string, value: string) => (
    <DataList.Item>
      <DataList.ItemLabel>{t(`abilities.${label}`)}</DataList.ItemLabel>
      <DataList.ItemValue className="sg-long">{value}</DataList.ItemValue>
    </DataList.Item>
  );
  const announced =
    a.announcedAtMs === null
      ? t('abilities.nothing')
      : `${a.announced.join(', ')} (${fullTime(a.announcedAtMs, i18n.language)})`;
  return (
    <Surface title={t('abilities.title', { address: a.address })}>
      <Stack gap="sm" align="flex-start">
        <DataList labelWidth={160}>
          {item('content', a.content)}
          {item('keyTransport', t(`keyTransport.${a.keyTransport}`, a.keyTransport))}
          {item('signature', t(`rsaPadding.${a.signature}`))}
          {item('announced', announced)}
          {item('profile', t(`profile.${a.profile}.name`))}
        </DataList>
        {may('certificates.chooseProfile') && (
          <Button variant="default" onClick={() => setOpened(true)}>
            {t('abilities.choose')}
          </Button>
        )}
      </Stack>
      <ProfileDialog abilities={a} opened={opened} onClose={() => setOpened(false)} />
    </Surface>
  );
}

function ProfileDialog(props: { abilities: Abilities; opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const { address } = props.abilities;
  const [profile, setProfile] = useState<Profile>(props.abilities.profile);
  const choose = async (reason: string): Promise<void> => {
    await api.certificates.chooseProfile.mutate({ address, profile, reason });
    toast(t('abilities.chosen', { address }));
    await client.invalidateQueries({ queryKey: ['certificates'] });
  };
  return (
    <ReasonDialog
      opened={props.opened}
      title={t('abilities.choose')}
      explanation={t(`profile.${profile}.text`)}
      action={t('abilities.save')}
      onClose={props.onClose}
      onConfirm={choose}
    >
      <Select
        label={t('abilities.profile')}
        allowDeselect={false}
        value={profile}
        onChange={(value) => setProfile((value ?? 'automatic') as Profile)}
        data={PROFILES.map((value) => ({ value, label: t(`profile.${value}.name`) }))}
      />
    </ReasonDialog>
  );
}
