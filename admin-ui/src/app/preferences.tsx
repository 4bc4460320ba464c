/** Colour scheme and language: for this browser, at once. */
import { NativeSelect, SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { LANGUAGES, type Language, setLanguage } from '../i18n/setup.ts';

export function ColourSchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const option = (value: string, Icon: typeof IconSun) => ({
    value,
    label: (
      <>
        <Icon size={16} aria-hidden style={{ display: 'block', margin: '2px auto' }} />
        <VisuallyHidden>{t(`scheme.${value}`)}</VisuallyHidden>
      </>
    ),
  });
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('scheme.label')}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
      data={[option('light', IconSun), option('auto', IconDeviceDesktop), option('dark', IconMoon)]}
    />
  );
}

export function LanguageSelect() {
  const { t, i18n } = useTranslation();
  return (
    <NativeSelect
      size="xs"
      aria-label={t('language')}
      value={i18n.language}
      onChange={(event) => void setLanguage(event.currentTarget.value as Language)}
      data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
    />
  );
}
