/** A short word at the edge of the page when something was done. */
import { Affix, Notification, Stack } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';

const SHOWN_MS = 5_000;

const ToastContext = createContext<(text: string) => void>(() => {});

export const useToast = (): ((text: string) => void) => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<readonly { id: number; text: string }[]>([]);
  const remove = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (text: string) => {
      const id = Date.now() + Math.random();
      setToasts((all) => [...all, { id, text }]);
      setTimeout(() => remove(id), SHOWN_MS);
    },
    [remove],
  );
  return (
    <ToastContext value={show}>
      {children}
      <Affix position={{ bottom: 20, right: 20 }} zIndex={400}>
        <Stack gap="xs" aria-live="polite" maw="calc(100vw - 40px)">
          {toasts.map(({ id, text }) => (
            <Notification
              key={id}
              color="seal"
              icon={<IconCheck size={18} />}
              onClose={() => remove(id)}
              closeButtonProps={{ 'aria-label': t('close') }}
              withBorder
            >
              {text}
            </Notification>
          ))}
        </Stack>
      </Affix>
    </ToastContext>
  );
}
