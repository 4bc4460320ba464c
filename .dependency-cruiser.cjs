/** Which way arrows may point (ARCHITECTURE.md). Type-only imports count. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: '^(node|consensus|domain|projections|admin-ui|test)/', pathNot: `^(${allowed.join('|')})/` },
});
module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    only('domain-is-pure', 'domain', ['domain']),
    only('consensus-knows-bytes', 'consensus', ['consensus']),
    only('projections-fold-domain', 'projections', ['projections', 'domain']),
    only('node-not-ui', 'node', ['node', 'consensus', 'domain', 'projections']),
    {
      name: 'pure-has-no-packages',
      severity: 'error',
      from: { path: '^(domain|projections)/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'], pathNot: 'node_modules/zod/' },
    },
    {
      name: 'pure-has-no-io',
      severity: 'error',
      from: { path: '^(domain|projections)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|url)$' },
    },
    {
      name: 'ui-imports-one-server-type',
      severity: 'error',
      from: { path: '^admin-ui/' },
      to: { path: '^(node|consensus|domain|projections|test)/', pathNot: '^node/web/admin-router\\.ts$' },
    },
    {
      name: 'receive-and-send-have-no-keys',
      severity: 'error',
      from: { path: '^node/(receive|send)/' },
      to: { path: '^node/(keys|ledger|protect|web|crypto)/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(node|consensus|domain|projections)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
