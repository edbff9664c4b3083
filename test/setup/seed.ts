/**
 * Before a file of unit tests: fast-check begins from a fixed number, so that a test that is green stays green.
 * FUZZ_SEED in the environment says another one, as `npm run fuzz` does.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 20_260_301) });
