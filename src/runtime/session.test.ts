import { describe, expect, it } from 'vitest';
import { createGraph } from '../compile/graph.ts';
import { InputError } from '../errors.ts';
import { placeWeights } from './place.ts';
import { AUTO, DEVICES, type Device, onDevice } from './session.ts';
import { devicesHere, openSession } from './session-node.ts';

/** Opens on these devices only, and writes down what was tried. */
const opener = (working: readonly Device[], tried: Device[] = []) => ({
  tried,
  open: async (device: Device): Promise<Device> => {
    tried.push(device);
    if (!working.includes(device)) throw new Error(`no ${device} today\nat somewhere.cc:12`);
    return device;
  },
});

describe('the choice of a device', () => {
  it('is the first that works, in the stated order, of those that may be here', async () => {
    const { tried, open } = opener(['webgpu', 'cpu']);
    expect(await onDevice('auto', async () => ['cpu', 'webgpu', 'cuda'], open)).toBe('webgpu');
    expect(tried).toEqual(['cuda', 'webgpu']);
    expect([...AUTO, 'wasm'].sort()).toEqual([...DEVICES].sort());
  });

  it('is the named one and no other', async () => {
    const { tried, open } = opener(['cpu']);
    const message = /^Could not load the model on cuda \(cuda: no cuda today\)\. What auto tries here: webgpu, cpu$/;
    await expect(onDevice('cuda', async () => ['cpu', 'webgpu'], open)).rejects.toThrow(message);
    expect(tried).toEqual(['cuda']);
  });

  it('fails with every attempt and its reason', async () => {
    const { open } = opener([]);
    const message = /^Could not load the model on any device \(webgpu: no webgpu today; cpu: no cpu today\)\. What auto tries here: webgpu, cpu$/;
    await expect(onDevice('auto', async () => ['cpu', 'webgpu'], open)).rejects.toThrow(message);
  });

  it('ends with what is wrong with the model itself', async () => {
    const tried: Device[] = [];
    const open = async (device: Device): Promise<never> => {
      tried.push(device);
      throw new InputError('no such tensor');
    };
    await expect(onDevice('auto', async () => ['cpu', 'webgpu'], open)).rejects.toThrow('no such tensor');
    expect(tried).toEqual(['webgpu']);
  });
});

describe('a CPU whose library does not load', () => {
  const missing = (what: string) => new InputError(`there is no ${what}`, { code: 'E_DEVICE' });
  const here = async (): Promise<Device[]> => ['cpu'];
  const openedOn =
    (onWasm: () => Device) =>
    async (device: Device): Promise<Device> => {
      if (device === 'wasm') return onWasm();
      throw missing('library');
    };

  it.each(['auto', 'cpu'] as const)('is replaced by WebAssembly: %s', async (named) => {
    expect(
      await onDevice(
        named,
        here,
        openedOn(() => 'wasm'),
      ),
    ).toBe('wasm');
  });

  it('is what is told where there is no WebAssembly either, and a model that is wrong is told before', async () => {
    const failing = (error: Error) =>
      openedOn(() => {
        throw error;
      });
    await expect(onDevice('auto', here, failing(missing('package')))).rejects.toThrow('there is no library');
    await expect(onDevice('auto', here, failing(new InputError('no such tensor')))).rejects.toThrow('no such tensor');
  });

  it('is not replaced where the model is what fails, nor where another device was asked for', async () => {
    const { tried, open } = opener(['wasm']);
    await expect(onDevice('cpu', here, open)).rejects.toThrow('no cpu today');
    expect(tried).toEqual(['cpu']);
    await expect(
      onDevice(
        'cuda',
        here,
        openedOn(() => 'wasm'),
      ),
    ).rejects.toThrow('there is no library');
  });
});

describe('the runtime here', () => {
  const model = () => {
    const g = createGraph('test');
    g.output('out', g.op('Neg', [g.input('x', 'float32', [1])]), 'float32', [1]);
    return placeWeights(g.finish());
  };

  it('always offers the CPU', async () => {
    expect(await devicesHere()).toContain('cpu');
  });

  // Left to itself, it takes the CPU in its place without a word.
  it('refuses a device that it was built without', async () => {
    const foreign = process.platform === 'darwin' ? 'dml' : 'coreml';
    await expect(openSession(await model(), { device: foreign })).rejects.toThrow(`onnxruntime has no ${foreign} on ${process.platform}`);
  });

  it('refuses what is no model', async () => {
    await expect(openSession({ bytes: new TextEncoder().encode('not a model') }, {})).rejects.toThrow(/protobuf/i);
  });
});
