import { expect, it } from 'vitest';
import { openDawn } from '../../tools/dawn.ts';

it('Dawn computes, or says why it cannot', async ({ skip }) => {
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) {
    expect(dawn.reason).not.toBe('');
    return skip(dawn.reason);
  }
  expect(navigator.gpu).toBe(dawn.gpu);

  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const code = `
    @group(0) @binding(0) var<storage, read_write> x: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = f32(id.x) * 0.5; }`;
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const size = 4 * 256;
  const result = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const readback = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: result } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(4);
  pass.end();
  encoder.copyBufferToBuffer(result, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  expect(new Float32Array(readback.getMappedRange())).toEqual(Float32Array.from({ length: 256 }, (_, i) => i * 0.5));
  device.destroy();
});
