'use strict';
/**
 * The exports of the module. Every argument is a byte address in the imported memory
 * or a size; nothing here allocates. See ../binding.ts for the other side.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.columnSums =
  exports.biasAddForward =
  exports.embedBackward =
  exports.embedForward =
  exports.tokenLogprobsBackward =
  exports.tokenLogprobsForward =
  exports.geluBackward =
  exports.geluForward =
  exports.layerNormBackward =
  exports.layerNormForward =
  exports.attentionBackwardScratch =
  exports.attentionBackward =
  exports.attentionForwardScratch =
  exports.attentionForward =
    void 0;
var attention_1 = require('./attention');
Object.defineProperty(exports, 'attentionForward', {
  enumerable: true,
  get: function () {
    return attention_1.attentionForward;
  },
});
Object.defineProperty(exports, 'attentionForwardScratch', {
  enumerable: true,
  get: function () {
    return attention_1.attentionForwardScratch;
  },
});
Object.defineProperty(exports, 'attentionBackward', {
  enumerable: true,
  get: function () {
    return attention_1.attentionBackward;
  },
});
Object.defineProperty(exports, 'attentionBackwardScratch', {
  enumerable: true,
  get: function () {
    return attention_1.attentionBackwardScratch;
  },
});
var layernorm_1 = require('./layernorm');
Object.defineProperty(exports, 'layerNormForward', {
  enumerable: true,
  get: function () {
    return layernorm_1.layerNormForward;
  },
});
Object.defineProperty(exports, 'layerNormBackward', {
  enumerable: true,
  get: function () {
    return layernorm_1.layerNormBackward;
  },
});
var gelu_1 = require('./gelu');
Object.defineProperty(exports, 'geluForward', {
  enumerable: true,
  get: function () {
    return gelu_1.geluForward;
  },
});
Object.defineProperty(exports, 'geluBackward', {
  enumerable: true,
  get: function () {
    return gelu_1.geluBackward;
  },
});
var logprobs_1 = require('./logprobs');
Object.defineProperty(exports, 'tokenLogprobsForward', {
  enumerable: true,
  get: function () {
    return logprobs_1.tokenLogprobsForward;
  },
});
Object.defineProperty(exports, 'tokenLogprobsBackward', {
  enumerable: true,
  get: function () {
    return logprobs_1.tokenLogprobsBackward;
  },
});
var rows_1 = require('./rows');
Object.defineProperty(exports, 'embedForward', {
  enumerable: true,
  get: function () {
    return rows_1.embedForward;
  },
});
Object.defineProperty(exports, 'embedBackward', {
  enumerable: true,
  get: function () {
    return rows_1.embedBackward;
  },
});
Object.defineProperty(exports, 'biasAddForward', {
  enumerable: true,
  get: function () {
    return rows_1.biasAddForward;
  },
});
Object.defineProperty(exports, 'columnSums', {
  enumerable: true,
  get: function () {
    return rows_1.columnSums;
  },
});
