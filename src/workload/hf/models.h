// SPDX-License-Identifier: MIT
// The layers of the families. Internal to hf.
#pragma once

#include <functional>

#include "workload/hf/import.h"
#include "workload/hf/lines.h"
#include "workload/hf/model_config.h"

namespace kiln::workload::hf {

/// What a writer of layers works on.
struct Writing {
  const ModelConfig& model;
  const ImportOptions& options;
  Lines lines;
  std::vector<std::string>& notes;
};

/// Decoders with rotary positions and RMS norms: Llama and those after it.
void write_decoder(Writing&);
/// The feed-forward part of a block that is a mixture of experts, with the shared one where there is one.
void write_experts(Writing&, const std::string& from);
/// SwiGLU or GeGLU with `features` inside; names of the layers begin with `name`.
void write_gated(Writing&, const std::string& name, const std::string& from, std::int64_t features);
/// Phi-1, 1.5, 2: attention and feed-forward part side by side behind one norm.
void write_phi(Writing&);
void write_gpt2(Writing&);
/// GPT-NeoX and Pythia.
void write_gpt_neox(Writing&);
void write_opt(Writing&);
/// BERT, RoBERTa (Liu et al. 2019) and DistilBERT (Sanh et al. 2019).
void write_bert(Writing&);
/// ViT and DeiT (Touvron et al. 2021).
void write_vit(Writing&);

/// The modules of an encoder's block as its family calls them; low-rank additions are targeted by these
/// names.
struct EncoderNames {
  const char *query, *key, *value, *attention_output, *attention_norm, *intermediate, *output, *output_norm;
};
const EncoderNames& bert_names();

// Shared by them.
/// Queries, keys and values of `from`, their attention to all tokens, and the layer behind it.
void add_self_attention(Writing&, const std::string& from, const EncoderNames&);
/// The two layers of a feed-forward part.
void add_encoder_layers(Writing&, const EncoderNames&);
/// The first token's features, once more through a layer.
void add_pooler(Writing&);
Activation activation_of(HiddenAct);
/// One index per token.
void set_token_input(Writing&);
/// A row of hidden_size features per entry. Returns the layer's name.
std::string add_embedding(Writing&, const std::string& name, std::int64_t entries);
/// The table of a decoder, behind its input. Returns the layer's name.
std::string add_table(Writing&);
/// Heads turned by position. Returns the layer's name.
std::string turned(Writing&, const std::string& name, const std::string& from, std::int64_t heads);
/// All blocks, one after another; names of their layers begin "NAME.0.", "NAME.1.".
void write_blocks(Writing&, const std::string& name, const std::function<void(std::int64_t)>& write_block);
LayerConfig& add_norm(Writing&, const std::string& name, LayerOp op, std::vector<std::string> from = {});
/// What the tokens of a block see of the others.
struct Sight {
  bool causal = true;                       ///< those in front alone
  std::optional<std::int64_t> window = {};  ///< of them, so many with the token itself
};
/// Scores and values of `heads` heads; the last layer has their result.
void add_attention(Writing&, const std::string& queries, const std::string& keys, const std::string& values,
                   const Sight& = {});
/// What a model without a head learns from.
void learn_features(Writing&, std::string_view features);
/// The layers behind the last block that the user or the file asks for: the output layer of a language model,
/// a classifier on the last token or on each token, or none. `table` is the embedding.
void add_language_head(Writing&, const std::string& table, bool bias);

}  // namespace kiln::workload::hf
