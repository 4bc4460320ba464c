/** The addresses of the page; each page is a file of its own that is fetched when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Gate } from './gate.tsx';
import { NotFound } from './not-found.tsx';
import { Unexpected } from './unexpected.tsx';

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 320) : '');

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
});
const mails = createRoute({
  getParentRoute: () => root,
  path: '/mails',
  validateSearch: (search: Record<string, unknown>) => ({
    search: text(search.search) || undefined,
    state: text(search.state) || undefined,
  }),
  component: lazyRouteComponent(() => import('../pages/mails/mails-page.tsx'), 'MailsPage'),
});
const mail = createRoute({
  getParentRoute: () => root,
  path: '/mails/$spoolId',
  component: lazyRouteComponent(() => import('../pages/mails/mail-page.tsx'), 'MailPage'),
});
const certificates = createRoute({
  getParentRoute: () => root,
  path: '/certificates',
  validateSearch: (search: Record<string, unknown>) => ({
    search: text(search.search) || undefined,
    kind: text(search.kind) || undefined,
  }),
  component: lazyRouteComponent(
    () => import('../pages/certificates/certificates-page.tsx'),
    'CertificatesPage',
  ),
});
const certificate = createRoute({
  getParentRoute: () => root,
  path: '/certificates/$technology/$fingerprint',
  component: lazyRouteComponent(
    () => import('../pages/certificates/certificate-page.tsx'),
    'CertificatePage',
  ),
});
const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  component: lazyRouteComponent(() => import('../pages/people/people-page.tsx'), 'PeoplePage'),
});
const rules = createRoute({
  getParentRoute: () => root,
  path: '/rules',
  component: lazyRouteComponent(() => import('../pages/rules/rules-page.tsx'), 'RulesPage'),
});
const pdf = createRoute({
  getParentRoute: () => root,
  path: '/pdf',
  component: lazyRouteComponent(() => import('../pages/pdf/pdf-page.tsx'), 'PdfPage'),
});
const log = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: (search: Record<string, unknown>) => ({ search: text(search.search) || undefined }),
  component: lazyRouteComponent(() => import('../pages/log/log-page.tsx'), 'LogPage'),
});
const operators = createRoute({
  getParentRoute: () => root,
  path: '/operators',
  component: lazyRouteComponent(() => import('../pages/operators/operators-page.tsx'), 'OperatorsPage'),
});
const cluster = createRoute({
  getParentRoute: () => root,
  path: '/cluster',
  component: lazyRouteComponent(() => import('../pages/cluster/cluster-page.tsx'), 'ClusterPage'),
});
const mailbox = createRoute({
  getParentRoute: () => root,
  path: '/mailbox',
  component: lazyRouteComponent(() => import('../pages/mailbox/mailbox-page.tsx'), 'MailboxPage'),
});

const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  component: lazyRouteComponent(() => import('../session/password-page.tsx'), 'PasswordPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    mails,
    mail,
    certificates,
    certificate,
    people,
    rules,
    pdf,
    log,
    operators,
    cluster,
    mailbox,
    password,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: Unexpected,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
