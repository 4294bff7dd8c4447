import type { Engine } from "../engine/engine.js";
import {
  broken,
  decodeEvidence,
  type EvidenceJSON,
  encodeEvidence,
  type StoredData,
  type StoredMember,
} from "../formats/evidence-json.js";
import { type Network, networkAccess } from "../network/network.js";
import { activationKind } from "../shape/activations.js";
import { Ensemble } from "./ensemble.js";
import type { FittedMember } from "./evidence-fit.js";
import {
  type PosteriorCurvature,
  posteriorCurvatures,
  startNames,
  usesBlocks,
} from "./structure.js";

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
  checkFirst(members[0]!.parameters, engine.f64(theta, parameterCount));
  if (!engine.core.isSmooth(activationKind(shape.activation))) checkNoBlocks(members);
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

/** The first member is the network itself, of which there is one copy in memory. */
function checkFirst(stored: Float64Array, network: Float64Array): void {
  const other = stored.findIndex((value, index) => !Object.is(value, network[index]));
  if (other < 0) return;
  const expected = `those of the network, ${network[other]} at ${other}`;
  throw broken("evidence.members[0].parameters", expected, stored[other]);
}

/** For an activation without a second derivative. */
function checkNoBlocks(members: readonly StoredMember[]): void {
  const index = members.findIndex(({ curvature }) => usesBlocks(curvature as PosteriorCurvature));
  if (index < 0) return;
  const expected = "a curvature without the second derivative, which the activation does not have";
  throw broken(`evidence.members[${index}].curvature`, expected, members[index]!.curvature);
}
