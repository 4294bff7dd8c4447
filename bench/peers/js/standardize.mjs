/** Columns brought to mean 0 and standard deviation 1 by hand, as users of the peers do it. */
export function standardizer(rows) {
  const columns = rows[0].map((_, j) => rows.map((row) => row[j]));
  const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = columns.map(average);
  const variance = columns.map((values, j) => average(values.map((v) => (v - mean[j]) ** 2)));
  const scale = variance.map((value) => Math.sqrt(value) || 1);
  const apply = (all) => all.map((row) => row.map((value, j) => (value - mean[j]) / scale[j]));
  return { mean, scale, apply };
}

/** Seconds of `work`, and what it gave. */
export async function measured(work) {
  const start = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - start) / 1000 };
}
