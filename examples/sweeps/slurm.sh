#!/bin/sh
# A Slurm array: eight parts of one plan on eight nodes, no server needed. The folder is on a file system that all nodes see.
#   sbatch examples/sweeps/slurm.sh
#SBATCH --job-name=newton-nn
#SBATCH --array=1-8
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00

npx newton-nn sweep examples/sweeps/widths.yaml --out results --workers "${SLURM_CPUS_PER_TASK:-1}" \
  --memory 12000 --shard "${SLURM_ARRAY_TASK_ID:-1}/8"
# When the array has ended: npx newton-nn sweep merge results
