/** The small buttons of a rule's card: edit, move, copy, remove. */
import { ActionIcon, Group } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

const ICONS = { edit: IconPencil, up: IconArrowUp, down: IconArrowDown, copy: IconCopy, remove: IconTrash };
export type RuleTool = keyof typeof ICONS;
const TOOLS = Object.keys(ICONS) as RuleTool[];

interface RuleToolsProps {
  readonly rule: string;
  readonly disabled: readonly RuleTool[];
  onTool(tool: RuleTool): void;
}

export function RuleTools({ rule, disabled, onTool }: RuleToolsProps) {
  const { t } = useTranslation();
  return (
    <Group gap={2} wrap="nowrap">
      {TOOLS.map((tool) => {
        const Icon = ICONS[tool];
        return (
          <ActionIcon
            key={tool}
            variant="subtle"
            color="gray.7"
            aria-label={t(`rules.tool.${tool}`, { rule })}
            disabled={disabled.includes(tool)}
            onClick={() => onTool(tool)}
          >
            <Icon size={17} />
          </ActionIcon>
        );
      })}
    </Group>
  );
}
