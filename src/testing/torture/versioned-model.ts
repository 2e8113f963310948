import type { LoadedModel } from '../../session/loaded-model.ts'
import { loadModelFromBytes } from '../../ml/registry.ts'

/** A model whose prediction is its version, whatever it is asked: so every score tells which model gave it. */
export async function versionedModel(version: number): Promise<LoadedModel> {
  const artefact = { files: [{ path: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(documentOf(version))) }] }
  const { digest, signature } = await loadModelFromBytes(artefact)
  return Object.freeze({ kind: 'model', label: `version ${version}`, digest, signature, artefact })
}

/** One tree with one leaf, in XGBoost's JSON. */
function documentOf(version: number): unknown {
  const leaf = {
    base_weights: [version], categories: [], categories_nodes: [], categories_segments: [], categories_sizes: [], default_left: [0], id: 0,
    left_children: [-1], right_children: [-1], parents: [2147483647], loss_changes: [0], split_conditions: [version], split_indices: [0],
    split_type: [0], sum_hessian: [1], tree_param: { num_deleted: '0', num_feature: '1', num_nodes: '1', size_leaf_vector: '1' },
  }
  return {
    learner: {
      attributes: {}, feature_names: ['value'], feature_types: ['float'],
      gradient_booster: { name: 'gbtree', model: { gbtree_model_param: { num_parallel_tree: '1', num_trees: '1' }, iteration_indptr: [0, 1], tree_info: [0], trees: [leaf] } },
      learner_model_param: { base_score: '0E0', boost_from_average: '1', num_class: '0', num_feature: '1', num_target: '1' },
      objective: { name: 'reg:squarederror', reg_loss_param: { scale_pos_weight: '1' } },
    },
    version: [3, 2, 0],
  }
}
