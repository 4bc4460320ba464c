/** A dialog for a change that needs a reason: what it does, why, and the error when it is refused. */
import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';

interface ReasonDialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly explanation: ReactNode;
  readonly action: string;
  readonly dangerous?: boolean;
  /** False where the reason may stay empty. */
  readonly needed?: boolean;
  readonly children?: ReactNode;
  readonly blocked?: boolean;
  /** Has to be typed first, where a slip would cost much. */
  readonly word?: string;
  onClose(): void;
  /** Rejects to keep the dialog open with the error in words. */
  onConfirm(reason: string): Promise<unknown>;
  /** It has been done, and the dialog is closed. */
  onDone?(): void;
}

const REASON_CHARS_MIN = 3;

export function ReasonDialog(props: ReasonDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const close = (): void => {
    setReason('');
    setTyped('');
    confirm.reset();
    props.onClose();
  };
  const confirm = useMutation({
    mutationFn: () => props.onConfirm(reason.trim()),
    onSuccess() {
      close();
      props.onDone?.();
    },
  });
  const needed = props.needed ?? true;
  const { word } = props;
  const isSure = word === undefined || typed.trim() === word;
  const ready = (!needed || reason.trim().length >= REASON_CHARS_MIN) && isSure && !props.blocked;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) confirm.mutate();
  };
  return (
    <Dialog opened={props.opened} onClose={close} title={props.title}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{props.explanation}</Text>
          {props.children}
          <Textarea
            label={t('reason.label')}
            description={t('reason.help')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value.replace(/[\r\n]+/g, ' '))}
            required={needed}
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
          />
          {word !== undefined && (
            <TextInput
              label={t('reason.word', { word })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              required
            />
          )}
          <ErrorNotice error={confirm.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('cancel')}
            </Button>
            <Button
              type="submit"
              color={props.dangerous ? 'red.9' : 'seal'}
              disabled={!ready}
              loading={confirm.isPending}
            >
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
