/** That another member is wanted in the place of one, as a specification. */
import { describe, it } from 'node:test';
import { type Replacement, replacementDecider } from '#domain/cluster/replacement.ts';
import { specification } from '../specification.ts';

const { given } = specification(replacementDecider);
const lost: Replacement = {
  ...{ node: 'gw-3-00000001', name: 'gw-3', role: 'voter', voters: 3, at: 1 },
  known: ['gw-1-00000001', 'gw-2-00000001', 'gw-3-00000001'],
};
const begun = { type: 'ReplacementBegun', ...lost } as const;
const ended = { type: 'ReplacementEnded', node: lost.node, at: 2 } as const;
const begin = { type: 'BeginReplacement', ...lost } as const;
const end = { type: 'EndReplacement', at: 2 } as const;

describe('a replacement', () => {
  it('is recorded with who was there when it began', () => given().when(begin).records(begun));
  it('is recorded once', () =>
    given(begun)
      .when({ ...begin, at: 2 })
      .records());
  it('is refused while another one is under way', () =>
    given(begun)
      .when({ ...begin, node: 'gw-2-00000001', name: 'gw-2' })
      .refuses('another-replacement'));
  it('ends, complete or called off, and another one may begin', () => {
    given(begun).when(end).records(ended);
    given(begun, ended).when(end).records();
    given(begun, ended)
      .when({ ...begin, at: 3 })
      .records({ ...begun, at: 3 });
  });
});
