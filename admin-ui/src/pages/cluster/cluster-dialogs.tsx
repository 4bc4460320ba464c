/** The dialog of the page Cluster that is open, if one is. */
import type { ClusterStatus } from '../../api/types.ts';
import { CallOffDialog, EndReplacementDialog } from './call-off-dialogs.tsx';
import { FormDialog } from './form-dialog.tsx';
import { RecoverDialog } from './recover-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { ReplaceDialog } from './replace-dialog.tsx';
import { ReplacementDialog } from './replacement-dialog.tsx';
import { TokenDialog } from './token-dialog.tsx';

export type ClusterDialog =
  | { readonly kind: 'form' | 'token' | 'recover' | 'call-off' | 'follow' | 'end-replacement' }
  | { readonly kind: 'remove' | 'replace'; readonly node: string };

interface ClusterDialogsProps {
  readonly dialog: ClusterDialog | null;
  readonly status: ClusterStatus;
  onOpen(dialog: ClusterDialog | null): void;
}

export function ClusterDialogs({ dialog, status, onOpen }: ClusterDialogsProps) {
  const close = (): void => onOpen(null);
  const { members, replacement, external } = status;
  const meant = dialog && 'node' in dialog ? members.find(({ node }) => node === dialog.node) : undefined;
  switch (dialog?.kind) {
    case 'form':
      return <FormDialog onClose={close} />;
    case 'token':
      return <TokenDialog onClose={close} />;
    case 'recover':
      return <RecoverDialog status={status} onClose={close} />;
    case 'call-off':
      return <CallOffDialog onClose={close} />;
    case 'follow':
      return replacement && <ReplacementDialog replacement={replacement} members={members} onClose={close} />;
    case 'end-replacement':
      return replacement && <EndReplacementDialog name={replacement.name} onClose={close} />;
    case 'remove': {
      const shared = { members, isExternal: external !== '', onClose: close };
      return meant && <RemoveDialog key={meant.node} member={meant} {...shared} />;
    }
    case 'replace': {
      const onBegun = (): void => onOpen({ kind: 'follow' });
      return meant && <ReplaceDialog key={meant.node} member={meant} onClose={close} onBegun={onBegun} />;
    }
    case undefined:
      return null;
  }
}
