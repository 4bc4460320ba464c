/** A change to one operator: roles, a new password, disabled or enabled. Each asks why. */
import { Button, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { OperatorRow, Role } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { RoleChoice } from './role-choice.tsx';
import { ShownOnce } from './shown-once.tsx';

export interface OperatorChange {
  readonly kind: 'roles' | 'password' | 'enabled';
  readonly operator: OperatorRow;
}

interface OperatorDialogProps {
  readonly change: OperatorChange | null;
  onClose(): void;
  onChanged(): Promise<unknown>;
}

export function OperatorDialog({ change, onClose, onChanged }: OperatorDialogProps) {
  const { t } = useTranslation();
  const [roles, setRoles] = useState<readonly Role[]>([]);
  const [shown, setShown] = useState<{ id: string; password: string } | null>(null);
  useEffect(() => {
    if (change) setRoles(change.operator.roles);
  }, [change]);
  const id = change?.operator.id ?? '';
  const perform = async (reason: string): Promise<void> => {
    if (change?.kind === 'roles') await api.operators.setRoles.mutate({ id, roles: [...roles], reason });
    else if (change?.kind === 'enabled') {
      await api.operators.setEnabled.mutate({ id, enabled: !change.operator.enabled, reason });
    } else if (change?.kind === 'password') {
      const { password } = await api.operators.resetPassword.mutate({ id, reason });
      setShown({ id, password });
    }
    await onChanged();
  };
  const word =
    change === null
      ? 'roles'
      : change.kind === 'enabled'
        ? change.operator.enabled
          ? 'disable'
          : 'enable'
        : change.kind;
  return (
    <>
      <ReasonDialog
        opened={change !== null}
        title={t(`operators.${word}`)}
        explanation={t(`operators.${word}Text`, { id })}
        action={t(`operators.${word}`)}
        dangerous={word === 'disable'}
        blocked={change?.kind === 'roles' && roles.length === 0}
        onClose={onClose}
        onConfirm={perform}
      >
        {change?.kind === 'roles' && <RoleChoice value={roles} onChange={setRoles} />}
      </ReasonDialog>
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('operators.password')}>
        {shown && (
          <Stack>
            <ShownOnce id={shown.id} password={shown.password} />
            <Button onClick={() => setShown(null)}>{t('close')}</Button>
          </Stack>
        )}
      </Dialog>
    </>
  );
}
