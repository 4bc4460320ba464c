/**
 * Colours and forms of the page. Text on every ground has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
 */
import {
  type CSSVariablesResolver,
  createTheme,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from '@mantine/core';

/** The green of old seals. */
const seal: MantineColorsTuple = [
  '#eef7f5',
  '#d8edea',
  '#aedad4',
  '#80c6bd',
  '#5bb5ab',
  '#44aa9f',
  '#2a9488',
  '#1a8177',
  '#0f6f68',
  '#075650',
];

const dark: MantineColorsTuple = [
  '#dfe4e8',
  '#bcc5cc',
  '#a2adb6',
  '#77838d',
  '#3d4852',
  '#2f3942',
  '#222b32',
  '#1a2127',
  '#141a1f',
  '#0f1418',
];

export const theme = createTheme({
  colors: { seal, dark },
  primaryColor: 'seal',
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.15rem' } } },
  components: {
    Anchor: { defaultProps: { underline: 'hover' } },
    // Its placeholder for the first focus is no menu item, which a menu may not hold (ARIA 1.2).
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { centered: true, radius: 'lg' } },
    Tooltip: { defaultProps: { withArrow: true, multiline: true, maw: 320 } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f7f6',
    '--mantine-color-dimmed': '#56616b',
    '--mantine-color-placeholder': '#67727c',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0b635c',
    '--sg-surface': '#ffffff',
    '--sg-line': '#e1e5e4',
    '--sg-good': '#17784c',
    '--sg-warn': '#9a5b00',
    '--sg-bad': '#b3261e',
    '--sg-calm': '#3b6ea8',
    '--sg-good-ground': '#e9f5ee',
    '--sg-warn-ground': '#fdf3e2',
    '--sg-bad-ground': '#fcebe9',
    '--sg-calm-ground': '#eaf1f9',
  },
  dark: {
    '--mantine-color-body': '#12171b',
    '--mantine-color-dimmed': '#a2adb6',
    '--mantine-color-placeholder': '#8d99a3',
    '--mantine-color-error': '#ff9b92',
    '--mantine-color-anchor': '#7fd0c6',
    '--sg-surface': '#1a2127',
    '--sg-line': '#2c363e',
    '--sg-good': '#6fd0a0',
    '--sg-warn': '#f2b45c',
    '--sg-bad': '#ff9b92',
    '--sg-calm': '#8fbcec',
    '--sg-good-ground': '#173026',
    '--sg-warn-ground': '#35290f',
    '--sg-bad-ground': '#3a1f1d',
    '--sg-calm-ground': '#182a3b',
  },
});

export const colourScheme = localStorageColorSchemeManager({ key: 'sealgate-colour-scheme' });

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

/** The policy of the page allows only style elements that carry the nonce of this load. */
export const styleNonce = (): string => nonce;

declare global {
  /** Read by the library that locks scrolling behind a dialog. */
  var __webpack_nonce__: string | undefined;
}
globalThis.__webpack_nonce__ = nonce;
