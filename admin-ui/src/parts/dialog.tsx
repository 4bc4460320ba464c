/** A dialog over the page. Whoever closes it with the keyboard goes on where it was opened, also when it is gone at once. */
import { Modal } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

interface DialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly size?: 'md' | 'lg';
  readonly children: ReactNode;
  onClose(): void;
}

export function Dialog({ opened, title, size = 'md', children, onClose }: DialogProps) {
  const { t } = useTranslation();
  useEffect(() => {
    if (!opened) return;
    const opener = document.activeElement;
    return () => {
      setTimeout(() => {
        // Another dialog may have the focus already.
        const isFree = document.activeElement === document.body;
        if (isFree && opener instanceof HTMLElement && opener.isConnected)
          opener.focus({ preventScroll: true });
      });
    };
  }, [opened]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {children}
    </Modal>
  );
}
