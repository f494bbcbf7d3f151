export const HAS_REDIS: boolean;
export function startRedis(): Promise<{
  password: string;
  url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  set(name: string, value: string): Promise<string | undefined>;
  end(): Promise<void>;
}>;
