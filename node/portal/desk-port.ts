/**
 * What the portal may ask of the inside: the desk in the `protect` process, behind one socket.
 *
 * The portal holds no key and no session: what a link says, whether a password is right, and who a session belongs to is
 * the desk's word each time, so that any gateway of the cluster goes on with what another one began. Errors: every
 * expected end is a value; `unavailable` = try again later (no quorum, a process that restarts).
 */
import type { PasswordProblem } from '#domain/pdf/password-form.ts';
import type { Language } from '#domain/people/mail-domain.ts';

/** Name of the listener that an answer comes from, for rules and the trace. */
export const PORTAL_LISTENER = 'portal';

/** How the pages look: from the template of the sender's mail domain. */
export interface Look {
  readonly organisation: string;
  /** `#rrggbb` */
  readonly colour: string;
  readonly logo: { readonly type: string; readonly base64: string } | null;
  readonly footer: string;
}

/** A link before anyone has signed in. */
export type Opening =
  | { readonly kind: 'unknown' | 'unavailable' }
  | { readonly kind: 'expired'; readonly look: Look; readonly language: Language }
  | {
      readonly kind: 'reply' | 'invitation';
      readonly look: Look;
      readonly language: Language;
      /** Whose mail it is about; told on an invitation only, which says it anyway. */
      readonly sender: string;
      /** What a chosen password needs at least. */
      readonly charactersMin: number;
    };

export type SignedIn =
  | { readonly kind: 'signed-in'; readonly session: string }
  /** The password is right; a code was mailed, which `confirm` takes with this. */
  | { readonly kind: 'code'; readonly pending: string }
  | { readonly kind: 'wrong' | 'unknown' | 'expired' | 'unavailable' }
  /** Not looked at; milliseconds to wait. */
  | { readonly kind: 'locked'; readonly waitMs: number };

export type Registered =
  | { readonly kind: 'registered' | 'unknown' | 'expired' | 'used' | 'unavailable' }
  | { readonly kind: 'refused'; readonly problem: PasswordProblem };

/** Whose session it is, for one page; `session` is the same one, used now. */
export type SessionView =
  | { readonly kind: 'ended' | 'unavailable' }
  | {
      readonly kind: 'valid';
      readonly session: string;
      /** Stands in every form: a page of another site cannot know it. */
      readonly formToken: string;
      readonly sender: string;
      readonly recipient: string;
      readonly subject: string;
      readonly messageId: string;
      readonly sentAtMs: number;
      readonly language: Language;
      readonly look: Look;
      readonly charactersMin: number;
    };

export interface EarlierReply {
  readonly atMs: number;
  readonly attachments: number;
  readonly sizeBytes: number;
}

export interface Submission {
  readonly session: string;
  /** Made with the form; the same one again is the same answer. */
  readonly submission: string;
  /** Name of the sealed upload in the portal's folder. */
  readonly upload: string;
  readonly attachments: number;
}

export interface PortalDesk {
  open(request: { link: string }): Promise<Opening>;
  /** `address`: of the browser, as far as the portal can tell. */
  signIn(request: { link: string; password: string; address: string }): Promise<SignedIn>;
  /** Behind the password, where the policy wants a code. */
  confirm(request: { pending: string; code: string; address: string }): Promise<SignedIn>;
  register(request: { link: string; password: string }): Promise<Registered>;
  view(request: { session: string }): Promise<SessionView>;
  changePassword(request: { session: string; password: string }): Promise<Registered>;
  setLanguage(request: { session: string; language: Language }): Promise<void>;
  earlier(request: { session: string }): Promise<readonly EarlierReply[]>;
  /** `sent` when the answer and the partner's copy are on stable storage; also when they were before. */
  submit(request: Submission): Promise<{ readonly kind: 'sent' | 'ended' | 'unavailable' }>;
}
