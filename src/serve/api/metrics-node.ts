/** What is counted, in Prometheus' text format. */

/** Seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export interface Metrics {
  /** A request was answered. @param route one of the server's own paths: what a client writes is no label */
  answered(route: string, status: number, seconds: number): void;
  /** A picture was segmented or analysed. */
  picture(): void;
  text(gauges: Record<string, number>): string;
}

export const countRequests = (): Metrics => {
  const requests = new Map<string, number>();
  const times = new Map<string, { counts: number[]; sum: number }>();
  let pictures = 0;
  const family = (name: string, type: string, help: string, lines: readonly string[]): string[] => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...lines,
  ];
  const histogram = (): string[] =>
    [...times].flatMap(([route, { counts, sum }]) => {
      const total = counts.reduce((all, count) => all + count, 0);
      let below = 0;
      const buckets = BUCKETS.map((most, i) => {
        below += counts[i];
        return `diffcut_request_seconds_bucket{route="${route}",le="${most}"} ${below}`;
      });
      return [
        ...buckets,
        `diffcut_request_seconds_bucket{route="${route}",le="+Inf"} ${total}`,
        `diffcut_request_seconds_sum{route="${route}"} ${sum}`,
        `diffcut_request_seconds_count{route="${route}"} ${total}`,
      ];
    });
  return {
    answered(route, status, seconds) {
      const key = `{route="${route}",status="${status}"}`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const time = times.get(route) ?? { counts: Array.from({ length: BUCKETS.length + 1 }, () => 0), sum: 0 };
      const at = BUCKETS.findIndex((most) => seconds <= most);
      time.counts[at < 0 ? BUCKETS.length : at]++;
      time.sum += seconds;
      times.set(route, time);
    },
    picture: () => void pictures++,
    text(gauges) {
      const counted = [...requests].map(([labels, count]) => `diffcut_requests_total${labels} ${count}`);
      return [
        ...family('diffcut_requests_total', 'counter', 'Requests by route and status.', counted),
        ...family('diffcut_request_seconds', 'histogram', 'Seconds from a request to its answer.', histogram()),
        ...family('diffcut_pictures_total', 'counter', 'Pictures segmented or analysed.', [`diffcut_pictures_total ${pictures}`]),
        ...Object.entries(gauges).flatMap(([name, value]) => family(name, 'gauge', `${name.replaceAll('_', ' ')}.`, [`${name} ${value}`])),
        '',
      ].join('\n');
    },
  };
};
