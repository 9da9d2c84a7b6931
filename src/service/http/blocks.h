// Memory for bytes that a socket did not take yet: blocks of one size, kept in a list when they are free. A connection
// holds one only while its peer is slower than the other side, and never more than one each way, which is what bounds
// the memory of a transfer. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace stead::service::http {

// Room for what may wait for a client at once: interim answers (kInterimBytes), a head, and one read of a body. What is
// not touched costs no memory.
inline constexpr std::size_t kBlockBytes = 256 * 1024;

class Blocks {
 public:
  using Block = std::unique_ptr<char[]>;

  [[nodiscard]] Block take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(kBlockBytes);
    Block block = std::move(free_.back());
    free_.pop_back();
    return block;
  }
  void give_back(Block block) {
    if (free_.size() < kKept) free_.push_back(std::move(block));
  }

 private:
  static constexpr std::size_t kKept = 64;
  std::vector<Block> free_;
};

// Bytes waiting for a socket, in order, in one block.
struct Pending {
  Blocks::Block block;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
  [[nodiscard]] std::string_view view() const { return {block.get() + begin, end - begin}; }
  [[nodiscard]] std::size_t room() const { return kBlockBytes - end; }

  // False: they do not fit, and nothing was stored.
  [[nodiscard]] bool append(Blocks& blocks, std::string_view bytes) {
    if (bytes.size() > room()) return false;
    if (!block) block = blocks.take();
    bytes.copy(block.get() + end, bytes.size());
    end += static_cast<std::uint32_t>(bytes.size());
    return true;
  }
  void consume(Blocks& blocks, std::size_t count) {
    begin += static_cast<std::uint32_t>(count);
    if (begin == end) clear(blocks);
  }
  void clear(Blocks& blocks) {
    if (block) blocks.give_back(std::move(block));
    block = nullptr;
    begin = end = 0;
  }
};

}  // namespace stead::service::http
