// SPDX-License-Identifier: MIT
// Text from outside (names, titles, paths) as it may stand
// in each kind of output, where it is data and nothing else.
#pragma once

#include <string>
#include <string_view>

namespace kiln::output {

/// A file's name of letters, digits and `._+-`, what else there is as `_`; at most 100 bytes, never empty,
/// never hidden, never an option.
std::string file_name(std::string_view text);

/// A cell of a CSV file (RFC 4180): in quotes when it has to be.
std::string csv_cell(std::string_view text);

/// Text or an attribute's value of SVG and HTML; control characters, which XML cannot hold, are left out.
std::string xml_text(std::string_view text);

/// One word of HotSpot's floorplans and traces, which are split at white space and know no quotes.
std::string hotspot_word(std::string_view text);

/// A line of a label file that gnuplot reads as data: it knows tabs, line ends, double quotes and `\n`; the
/// signs for the latter two are replaced by ones that look like them.
std::string gnuplot_label(std::string_view text);

/// For a terminal: control characters and those that turn the direction of writing are shown as `\x1b`, not
/// sent. Line ends stay.
std::string terminal_text(std::string_view text);

}  // namespace kiln::output
