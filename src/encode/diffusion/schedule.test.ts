import { describe, expect, it } from 'vitest';
import { addNoise, alphaBar, readSchedule } from './schedule.ts';

const PUBLISHED = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', num_train_timesteps: 1000 };

describe('what is left of the picture', () => {
  // DDIMScheduler(...).alphas_cumprod of diffusers 0.42
  it.each([
    [0, 0.9991499781608582],
    [50, 0.9515766501426697],
    [999, 0.00466009508818388],
  ])('at timestep %i is what DDIM has', (timestep, wanted) => {
    expect(Math.abs(alphaBar(timestep, readSchedule(PUBLISHED)) / wanted - 1)).toBeLessThan(1e-5);
  });

  it('follows the schedule of the file, and the defaults of the library where the file does not say', () => {
    expect(Math.abs(alphaBar(50, readSchedule({})) - 0.969951331615448)).toBeLessThan(1e-6);
    expect(alphaBar(50, readSchedule({ ...PUBLISHED, beta_schedule: 'linear' }))).not.toBe(alphaBar(50, readSchedule(PUBLISHED)));
  });

  it('is that of every published pipeline where there is no file', () => {
    expect(readSchedule(undefined)).toEqual(readSchedule(PUBLISHED));
  });
});

describe('a schedule', () => {
  it('is read from the config of any scheduler, whatever else that has', () => {
    expect(
      readSchedule({ ...PUBLISHED, _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'leading', steps_offset: 1, sigma_min: null }),
    ).toMatchObject(PUBLISHED);
  });

  it.each([
    [
      { beta_schedule: 'squaredcos_cap_v2' },
      /^scheduler\/scheduler_config\.json has "beta_schedule": "squaredcos_cap_v2".* it may be "linear" or "scaled_linear"$/,
    ],
    [{ trained_betas: [0.1] }, /"trained_betas": \[0\.1\].* it may be null$/],
    [{ rescale_betas_zero_snr: true }, /"rescale_betas_zero_snr": true.* it may be false$/],
    [{ num_train_timesteps: 0 }, /"num_train_timesteps": 0.* a whole number from 1 to 1048576$/],
    [{ beta_end: '0.012' }, /"beta_end": "0\.012".* a number$/],
  ])('%j is refused', (json, message) => {
    expect(() => readSchedule({ ...PUBLISHED, ...json })).toThrow(message);
  });
});

describe('adding noise', () => {
  it('mixes by the roots of both shares, and leaves its inputs alone', () => {
    const [latents, noise] = [Float32Array.of(1, 0, -2), Float32Array.of(0, 1, 1)];
    expect([...addNoise(latents, noise, 0.64)].map((v) => Number(v.toFixed(6)))).toEqual([0.8, 0.6, -1]);
    expect([...latents, ...noise]).toEqual([1, 0, -2, 0, 1, 1]);
  });
});
