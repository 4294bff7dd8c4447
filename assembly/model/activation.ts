export function activate(kind: i32, n: i32, z: usize, s: usize): void {
  for (let i = 0; i < n; i++) store<f64>(s + (<usize>i << 3), Math.tanh(load<f64>(z + (<usize>i << 3))));
}
export function activateJet(kind: i32, n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i = 0; i < n; i++) {
    const t = Math.tanh(load<f64>(z + (<usize>i << 3)));
    store<f64>(s0 + (<usize>i << 3), t);
    store<f64>(s1 + (<usize>i << 3), 1.0 - t * t);
    store<f64>(s2 + (<usize>i << 3), -2.0 * t * (1.0 - t * t));
  }
}
