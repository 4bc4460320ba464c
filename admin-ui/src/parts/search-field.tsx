/** What a long list is searched by. */
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

interface SearchFieldProps {
  readonly value: string;
  readonly placeholder: string;
  /** Of the flex container it stands in. */
  readonly flex?: string;
  onType(value: string): void;
}

export function SearchField({ value, placeholder, flex, onType }: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      {...(flex === undefined ? {} : { flex })}
      leftSection={<IconSearch size={16} aria-hidden />}
      label={t('search')}
      placeholder={placeholder}
      value={value}
      onChange={(event) => onType(event.currentTarget.value)}
    />
  );
}
