// Columns of text, aligned, with or without a terminal's colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stead::admin {

enum class Colour : std::uint8_t { None, Green, Yellow, Red };

struct Cell {
  std::string text;
  Colour colour = Colour::None;
};

struct Column {
  std::string title;
  bool right = false;  // aligned so, as numbers are
};

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns);

  // As many cells as there are columns.
  void add_row(std::vector<Cell> cells);
  // Appends the title line and the rows, without spaces at their ends.
  void render(std::string_view indent, bool colour, std::string& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Cell>> rows_;
};

// `text` with '?' for what could steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

[[nodiscard]] std::string painted(std::string_view text, Colour colour, bool enabled);

}  // namespace stead::admin
