/**
 * `<newton-fit width="80">[[x, y], ...]</newton-fit>` draws its points and the function a network learns from them, in a worker. Fires
 * `fit` with { loss, steps } when it is done.
 */
import { Network, train } from "newton-nn";

const [SIDE, MARGIN] = [300, 12];

export class NewtonFit extends HTMLElement {
  #interrupt = null;

  connectedCallback() {
    // The children are parsed after the element is connected.
    queueMicrotask(() => this.#fit());
  }

  disconnectedCallback() {
    this.#interrupt?.abort();
  }

  async #fit() {
    this.#interrupt = new AbortController();
    const { signal } = this.#interrupt;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    try {
      const points = JSON.parse(this.textContent);
      const data = { x: points.map(([x]) => x), y: points.map(([, y]) => y) };
      const network = await Network.create({
        width: Number(this.getAttribute("width") ?? 50),
        activation: this.getAttribute("activation") ?? "tanh",
        worker: true,
      });
      try {
        const run = await train(network, data, { maxSteps: 500, stop: { loss: 1e-10 }, signal });
        const [low, high] = [Math.min(...data.x), Math.max(...data.x)];
        const at = Array.from({ length: 200 }, (_, i) => low + ((high - low) * i) / 199);
        const curve = await network.predict(at);
        root.innerHTML = draw(
          points,
          at.map((x, i) => [x, curve[i]]),
        );
        this.dispatchEvent(
          new CustomEvent("fit", { detail: { loss: run.loss, steps: run.steps } }),
        );
      } finally {
        network.dispose();
      }
    } catch (error) {
      const alert = document.createElement("p");
      alert.setAttribute("role", "alert");
      alert.textContent = error.message;
      root.replaceChildren(alert);
    }
  }
}

/** Points and curve as an SVG that fills its element; both axes run over all that is shown. */
function draw(points, curve) {
  const all = [...points, ...curve];
  const scale = (index, flip) => {
    const values = all.map((point) => point[index]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const unit = (value) => (high === low ? 0.5 : (value - low) / (high - low));
    return (value) => MARGIN + (SIDE - 2 * MARGIN) * (flip ? 1 - unit(value) : unit(value));
  };
  const [x, y] = [scale(0, false), scale(1, true)];
  const path = curve.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  const dots = points.map(([a, b]) => `<circle cx="${x(a)}" cy="${y(b)}" r="3" />`).join("");
  return `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="points and fitted curve">
    <polyline points="${path}" fill="none" stroke="#2e8b57" stroke-width="2" />${dots}</svg>`;
}

customElements.define("newton-fit", NewtonFit);
