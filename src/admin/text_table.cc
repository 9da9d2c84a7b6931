#include "admin/text_table.h"

#include <algorithm>
#include <utility>

namespace stead::admin {

namespace {

constexpr std::string_view kGap = "  ";

std::string_view escape_of(Colour colour) {
  switch (colour) {
    case Colour::Green:
      return "\x1b[32m";
    case Colour::Yellow:
      return "\x1b[33m";
    case Colour::Red:
      return "\x1b[31m";
    case Colour::None:
      break;
  }
  return {};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

std::string painted(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::None || text.empty()) return std::string(text);
  return std::string(escape_of(colour)) + std::string(text) + "\x1b[0m";
}

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(column.title.size());
}

void TextTable::add_row(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = printable(cells[i].text);
    widths_[i] = std::max(widths_[i], cells[i].text.size());
  }
  rows_.push_back(std::move(cells));
}

void TextTable::render(std::string_view indent, bool colour, std::string& out) const {
  const auto render_row = [&](const auto& cell_at) {
    std::string line;
    std::string pending;  // spaces that are written only if something follows
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_at(i);
      const std::string padding(widths_[i] - cell.text.size(), ' ');
      pending += i == 0 ? std::string(indent) : std::string(kGap);
      if (columns_[i].right) pending += padding;
      if (!cell.text.empty()) line += std::exchange(pending, {}) + painted(cell.text, cell.colour, colour);
      if (!columns_[i].right) pending += padding;
    }
    out += line + "\n";
  };
  render_row([&](std::size_t i) { return Cell{columns_[i].title}; });
  for (const std::vector<Cell>& row : rows_) {
    render_row([&](std::size_t i) { return row[i]; });
  }
}

}  // namespace stead::admin
