import type { ClassQuality } from "../../fit/classification.js";
import type { ClassCrossValidation, CrossValidation } from "../../fit/cross-validate.js";
import type { EvidenceRun } from "../../fit/evidence-options.js";
import type { AnyModel, MemberEvidence } from "../../fit/model.js";
import type { Quality } from "../../fit/quality.js";
import { DEFAULT_LOSS, lossTraits, type NamedLoss } from "../../objective/losses.js";
import type { TrainingRun } from "../../training/run.js";
import { listNames } from "../table/columns.js";
import { formatNumber } from "./table.js";

/** What the command fits, and how it went. */
export interface TrainOutcome {
  readonly model: AnyModel;
  readonly run: TrainingRun | EvidenceRun;
  readonly training: AnyQuality;
  readonly heldOut: AnyQuality | null;
  readonly crossValidation: CrossValidation | ClassCrossValidation | null;
}

/** Of quantities, or of classes. */
export type AnyQuality = Quality | ClassQuality;

type Row = [string, string];

/** The rows of the result table. */
export function describeOutcome(outcome: TrainOutcome, files: readonly Row[]): Row[] {
  const { model, run, training, heldOut, crossValidation } = outcome;
  const { network, columns, evidence } = model;
  const of = `${network.width} neurons, ${network.activation}, ${network.parameterCount} parameters`;
  const how = isTraining(run)
    ? describeTraining(run)
    : [...describeRun(run), ...describeMembers(evidence ?? [])];
  return [
    ["target", `${columns.target} from ${listNames(columns.inputs)}`],
    ...describeTask(model),
    ["network", of],
    ...how,
    ["training", describeQuality(training)],
    ...(heldOut === null ? [] : [["held out", describeQuality(heldOut)] as Row]),
    ...(crossValidation === null ? [] : [describeFolds(crossValidation)]),
    ...describeRelevance(model),
    ...files,
  ];
}

/** The same for a program. */
export function outcomeJSON({ model, run, ...measured }: TrainOutcome): object {
  const { history: _, ...summary } = run;
  const { training, heldOut, crossValidation } = measured;
  const { evidence, relevance, columns, classes } = model;
  const folds = crossValidation && {
    ...crossValidation,
    predictions: undefined,
    probabilities: undefined,
  };
  if (evidence === null) {
    const named = classes === null ? {} : { classes };
    return { ...summary, ...named, training, heldOut, crossValidation: folds };
  }
  const relevances = columns.inputs.map((name, index) => [name, relevance![index]]);
  return {
    ...summary,
    evidence,
    relevance: Object.fromEntries(relevances),
    training,
    heldOut,
    crossValidation: folds,
  };
}

export function isTraining(run: TrainingRun | EvidenceRun): run is TrainingRun {
  return "method" in run;
}

function describeTraining(run: TrainingRun): Row[] {
  const rejected = run.history.reduce((sum, record) => sum + record.rejected.length, 0);
  const steps = `${run.steps} (${rejected} tries rejected) in ${run.seconds.toFixed(2)} s`;
  return [
    ["method", run.solver === null ? run.method : `${run.method}, ${run.solver} solver`],
    ["stopped by", run.reason],
    ["steps", steps],
    ["loss", `${formatNumber(run.initialLoss)} -> ${formatNumber(run.loss)}`],
    ...describeValidation(run),
  ];
}

function describeValidation({ validation }: TrainingRun): Row[] {
  if (validation === null) return [];
  const { loss, step, samples } = validation;
  return [["validation", `loss ${formatNumber(loss)} at step ${step}, on ${samples} rows`]];
}

function describeRun(run: EvidenceRun): Row[] {
  return [
    ["stopped by", run.reason],
    ["steps", `${run.steps} in ${run.seconds.toFixed(2)} s`],
  ];
}

/** What the evidence says; of several members from the least to the most. */
export function describeMembers(members: readonly MemberEvidence[]): Row[] {
  const range = (of: (member: MemberEvidence) => number, show: (value: number) => string) => {
    const values = members.map(of).sort((a, b) => a - b);
    const [least, most] = [show(values[0]!), show(values.at(-1)!)];
    return least === most ? least : `${least} to ${most}`;
  };
  const whole = (value: number) => String(Math.round(value));
  const effective = range(({ effectiveParameters }) => effectiveParameters, whole);
  const evidence = range(({ logEvidence }) => logEvidence, short);
  const left = range(({ looLogLikelihood }) => looLogLikelihood, short);
  return [
    ...(members.length > 1 ? [["members", String(members.length)] as Row] : []),
    ["noise", `standard deviation ${range(({ noiseSd }) => noiseSd, short)}`],
    ["effective", `${effective} of ${members[0]!.parameters} parameters`],
    ["evidence", `log evidence ${evidence}, leave-one-out log-likelihood ${left}`],
  ];
}

/** Loss and classes of a model, where it is no plain one of least squares. */
export function describeTask({ loss, classes }: AnyModel): Row[] {
  return [
    ...(loss.name === DEFAULT_LOSS ? [] : [["loss", describeLoss(loss)] as Row]),
    ...(classes === null ? [] : [["classes", listNames(classes.map(String))] as Row]),
  ];
}

function describeLoss({ name, ...parameters }: NamedLoss): string {
  return [name, ...Object.entries(parameters).map(([key, value]) => `${key} ${value}`)].join(", ");
}

export function describeQuality(quality: AnyQuality): string {
  const { samples } = quality;
  if ("accuracy" in quality) {
    const { accuracy, logLoss, brier } = quality;
    const right = `accuracy ${(100 * accuracy).toFixed(1)} %`;
    return `${right}, log-loss ${short(logLoss)}, Brier ${short(brier)}, on ${samples} rows`;
  }
  const { rmse, r2, logLikelihood, coverage } = quality;
  const error = `RMSE ${formatNumber(rmse)}, R² ${formatNumber(r2)}`;
  if (logLikelihood === null || coverage === null) return `${error} on ${samples} rows`;
  const inside = `${(100 * coverage).toFixed(1)} % in the 95 % interval`;
  return `${error}, log-likelihood ${short(logLikelihood)}, ${inside}, on ${samples} rows`;
}

function describeFolds(validation: CrossValidation | ClassCrossValidation): Row {
  return ["folds", `${validation.folds.length}: ${describeQuality(validation)}`];
}

/** Inputs by what they matter, the most important one first. */
function describeRelevance({ columns, relevance }: AnyModel): Row[] {
  if (relevance === null || relevance.length < 2) return [];
  const order = columns.inputs
    .map((name, index) => ({ name, value: relevance[index]! }))
    .sort((a, b) => b.value - a.value);
  return [["relevance", listNames(order.map(({ name, value }) => `${name} ${digits(value, 2)}`))]];
}

/** Held-out error as a multiple of that of the rows that were fitted, from which it is told. */
const FAR = 2;
/** Part of the variance of the held-out targets below which nobody minds. */
const SMALL = 0.05;

/** What to say of a fit that has learned its rows by heart; `null` where it has not. */
export function warningOf({ model, run, training, heldOut }: TrainOutcome): string | null {
  if (heldOut === null) return null;
  if ("accuracy" in heldOut) return warningOfClasses(heldOut, model);
  if ("accuracy" in training || !(1 - heldOut.r2 > SMALL)) return null;
  const times = heldOut.rmse / training.rmse;
  if (!(times > FAR)) return null;
  const advice = isTraining(run)
    ? `it has learned the noise of its rows; ${adviceFor(model)}, and --validation 0.2 stops before`
    : "the rows may be too few, or of another kind than those that are held out";
  return `the error on held-out rows is ${digits(times, 2)} times that on training rows: ${advice}`;
}

function adviceFor({ loss: { name } }: AnyModel): string {
  return lossTraits(name).hasEvidence
    ? "without --interpolate noise is estimated"
    : "a larger --penalty keeps it from that";
}

/** The Brier score of the same probability for every class is 1 - 1 / k. */
function warningOfClasses({ brier }: ClassQuality, { classes }: AnyModel): string | null {
  if (classes === null || !(brier > 1 - 1 / classes.length)) return null;
  return "held-out classes are predicted worse than by chance: a larger --penalty, or --validation 0.2, keeps it from learning its rows by heart";
}

const short = (value: number) => formatNumber(Number(value.toPrecision(4)));

function digits(value: number, most: number): string {
  return String(Number(value.toPrecision(most)));
}
