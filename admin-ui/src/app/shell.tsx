/** The frame around every page: where one is, where one can go, who one is. */
import { AppShell, Box, Burger, Button, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBook2,
  IconCertificate,
  IconFileText,
  IconHeartbeat,
  IconInbox,
  IconListDetails,
  IconLogout,
  IconMail,
  IconServer2,
  IconShieldCheck,
  IconUsers,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession, useSignOut } from '../session/use-session.ts';
import { Logo } from './logo.tsx';
import { ColourSchemeSwitch, LanguageSelect } from './preferences.tsx';

const PLACES = [
  { to: '/', name: 'overview', icon: IconHeartbeat, needs: 'status.overview' },
  { to: '/mails', name: 'mails', icon: IconMail, needs: 'mails.list' },
  { to: '/certificates', name: 'certificates', icon: IconCertificate, needs: 'certificates.list' },
  { to: '/people', name: 'people', icon: IconUsers, needs: 'people.domains' },
  { to: '/rules', name: 'rules', icon: IconListDetails, needs: 'policy.state' },
  { to: '/pdf', name: 'pdf', icon: IconFileText, needs: 'pdf.statistics' },
  { to: '/log', name: 'log', icon: IconBook2, needs: 'audit.events' },
  { to: '/cluster', name: 'cluster', icon: IconServer2, needs: 'cluster.status' },
  { to: '/operators', name: 'operators', icon: IconShieldCheck, needs: 'operators.list' },
  { to: '/mailbox', name: 'mailbox', icon: IconInbox, needs: 'mailbox.list' },
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const session = useSession();
  const signOut = useSignOut();
  const places = PLACES.filter(
    (place) => session.allowed.includes(place.needs) && (place.name !== 'mailbox' || session.mailbox),
  );
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 248, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a className="sg-skip" href="#main">
        {t('skip')}
      </a>
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" justify="space-between">
          <Logo />
          <Burger opened={opened} onClick={toggle} aria-label={t('menu')} aria-expanded={opened} size="sm" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" aria-label={t('menu')}>
        <Group justify="space-between" pb="lg" pt={4} px={6}>
          <Logo />
          <Burger opened={opened} onClick={toggle} aria-label={t('close')} size="sm" hiddenFrom="sm" />
        </Group>
        <AppShell.Section grow component={ScrollArea}>
          <Stack gap={2}>
            {places.map(({ to, name, icon: Icon }) => (
              <Link key={to} to={to} className="sg-nav" activeOptions={{ exact: to === '/' }} onClick={close}>
                <Icon size={20} stroke={1.7} aria-hidden />
                {t(`${name}.nav`)}
              </Link>
            ))}
          </Stack>
        </AppShell.Section>
        <Stack gap="xs" pt="md">
          <Group gap="xs" wrap="nowrap">
            <Box flex={1}>
              <ColourSchemeSwitch />
            </Box>
            <LanguageSelect />
          </Group>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Box style={{ minWidth: 0 }}>
              <Link to="/password" className="sg-me" title={t('password.title')} onClick={close}>
                {session.name}
              </Link>
              <Text size="xs" c="dimmed" truncate>
                {session.roles.map((role) => t(`role.${role}`)).join(', ')}
              </Text>
            </Box>
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconLogout size={16} aria-hidden />}
              onClick={() => void signOut()}
            >
              {t('signOut')}
            </Button>
          </Group>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Stack gap="lg" maw={1120} mx="auto">
          {children}
        </Stack>
      </AppShell.Main>
    </AppShell>
  );
}
