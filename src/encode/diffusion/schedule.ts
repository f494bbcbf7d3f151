/** How much of the picture is left at a timestep. Ho et al. 2020, equation 4; Song et al. 2021 (DDIM) names it alpha. */
import type { Config } from '../../compile/config.ts';
import { count, only, readConfig, real } from '../../compile/config.ts';

const SCHEDULER = {
  keys: {
    beta_start: real(0.0001),
    beta_end: real(0.02),
    beta_schedule: only('linear', 'scaled_linear'),
    num_train_timesteps: count(1000),
    trained_betas: only<null>(null),
    rescale_betas_zero_snr: only(false),
  },
  /** How samples are drawn, which is not done here. */
  idle: [] as string[],
};
export type Schedule = Config<typeof SCHEDULER>;

/** What every published pipeline has. */
const PUBLISHED = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

/** @param json of `scheduler/scheduler_config.json`; the values of every published pipeline where it is absent */
export const readSchedule = (json: Record<string, unknown> = PUBLISHED): Schedule => {
  const known = Object.keys(SCHEDULER.keys);
  return readConfig('scheduler/scheduler_config.json', SCHEDULER, Object.fromEntries(Object.entries(json).filter(([key]) => known.includes(key))));
};

/** The cumulative product of 1 - beta up to a timestep, 0 to num_train_timesteps - 1. */
export const alphaBar = (timestep: number, { beta_start, beta_end, beta_schedule, num_train_timesteps: steps }: Schedule): number => {
  const power = beta_schedule === 'scaled_linear' ? 2 : 1;
  const [first, last] = [beta_start ** (1 / power), beta_end ** (1 / power)];
  let product = 1;
  for (let t = 0; t <= timestep; t++) product *= 1 - (first + ((last - first) * t) / (steps - 1)) ** power;
  return product;
};

/** sqrt(alphaBar) latents + sqrt(1 - alphaBar) noise. */
export const addNoise = (latents: Float32Array, noise: Float32Array, alpha: number): Float32Array => {
  const [keep, add] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
  return latents.map((value, i) => keep * value + add * noise[i]);
};
