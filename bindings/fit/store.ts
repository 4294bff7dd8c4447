import type { Engine } from "../engine/engine.js";
import {
  decodeEvidence,
  type EvidenceJSON,
  encodeEvidence,
  type StoredData,
} from "../formats/evidence-json.js";
import { type Network, networkAccess } from "../network/network.js";
import { Ensemble } from "./ensemble.js";
import type { FittedMember } from "./evidence-fit.js";
import { posteriorCurvatures, startNames } from "./structure.js";

/** What a member may say of itself. */
const NAMES = { start: startNames, curvature: posteriorCurvatures };

/**
 * Members and the standardized data they are of: the posteriors are made of them again, to the bit.
 * For most tables that is less than the factors are.
 */
export function storeEnsemble(engine: Engine, ensemble: Ensemble): EvidenceJSON {
  const { samples, inputs, ldx, x, y } = ensemble.data;
  const columns = new Float64Array(samples * inputs);
  for (let input = 0; input < inputs; input++) {
    columns.set(engine.f64(x + 8 * ldx * input, samples), samples * input);
  }
  const data: StoredData = { samples, x: columns, y: engine.f64(y, samples).slice() };
  const members = ensemble.members.map(({ theta, penalty, ...member }) => ({
    ...member,
    parameters: engine.f64(theta, member.parameters.length).slice(),
  }));
  return encodeEvidence({ members, data });
}

/** @throws InputError `invalid-model` */
export function restoreEnsemble(network: Network, json: EvidenceJSON): Ensemble {
  const { engine, shape, theta } = networkAccess(network);
  const { inputs, parameterCount } = network;
  const { members, data } = decodeEvidence(json, inputs, parameterCount, NAMES);
  const { samples } = data;
  const ldx = samples + (samples % 2);
  const arena = engine.open();
  try {
    const x = arena.f64(inputs * ldx);
    for (let input = 0; input < inputs; input++) {
      const column = data.x.subarray(samples * input, samples * (input + 1));
      engine.f64(x + 8 * ldx * input, samples).set(column);
    }
    const y = arena.f64(ldx);
    engine.f64(y, samples).set(data.y);
    const loaded = { x, y, inputs, outputs: 1, weights: 0, samples, ldx };
    const fitted = members as readonly FittedMember[];
    return new Ensemble(engine, arena, shape, loaded, fitted, theta);
  } catch (error) {
    arena.close();
    throw error;
  }
}
