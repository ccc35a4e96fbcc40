// SPDX-License-Identifier: MIT
// What each kind of results has to show: by which file a folder is known, its text, tables and pictures.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "output/folder.h"

namespace kiln::page {

/// How a table is drawn beside being shown.
enum class Drawn { chosen, so, never };  ///< over axes that the page finds, over those given, not

struct ShownTable {
  const char* file;
  Drawn drawn = Drawn::chosen;
  const char *x = "", *y = "", *colour = "";  ///< columns that are drawn first; colour: none where empty
};

/// Results that are told by a text, tables and pictures.
struct ResultKind {
  const char* kind;                   ///< as the marker of its folder has it
  const char* text;                   ///< the answer
  std::vector<ShownTable> tables;     ///< the first one tells the kind
  std::vector<const char*> pictures;  ///< SVG
  const char* record = "";            ///< JSON with its `validity`, of the whole or of each part; empty: none
};

std::span<const ResultKind> result_kinds();
/// The kind that these files are of; null for a run, a training, and for files of no results.
const ResultKind* result_kind_of(const output::Files& files);
/// All files that a page may read.
std::vector<std::string> files_read();

}  // namespace kiln::page
