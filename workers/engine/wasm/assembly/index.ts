/**
 * The exports of the module. Every argument is a byte address in the imported memory
 * or a size; nothing here allocates. See ../binding.ts for the other side.
 */

export { attentionForward, attentionForwardScratch, attentionBackward, attentionBackwardScratch } from './attention';
export { layerNormForward, layerNormBackward } from './layernorm';
export { geluForward, geluBackward } from './gelu';
export { tokenLogprobsForward, tokenLogprobsBackward } from './logprobs';
export { embedForward, embedBackward, biasAddForward, columnSums } from './rows';
