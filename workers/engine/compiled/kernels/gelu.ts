/** GELU in GPT-2's tanh form, and its slope: .5·(1 + tanh u) = σ(2u) with u = √(2/π)·(z + .044715 z³). */
export const GELU = `
fn gate(z: vec4f) -> vec4f {
  let u = 1.5957691216 * (z + 0.044715 * z * z * z);
  return 1.0 / (1.0 + exp(-clamp(u, vec4f(-30.0), vec4f(30.0))));
}
fn gelu(z: vec4f) -> vec4f { return z * gate(z); }
fn geluSlope(z: vec4f) -> vec4f {
  let g = gate(z);
  return g + z * g * (1.0 - g) * 1.5957691216 * (1.0 + 0.134145 * z * z);
}
`;
