// Objects of one type, made and thrown away with every connection or request, without going to the allocator each time:
// chunks of them, and a list of the free ones, last in first out, so that the next one is still in the cache.
//
// One thread. Chunks are given back only with the slab, which must outlive its objects.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace stead {

template <typename T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  template <typename... Arguments>
  [[nodiscard]] T* acquire(Arguments&&... arguments) {
    if (free_ == nullptr) grow();
    Cell* cell = free_;
    free_ = cell->next;
    ++used_;
    return ::new (static_cast<void*>(cell->bytes)) T(std::forward<Arguments>(arguments)...);
  }

  void release(T* object) {
    object->~T();
    Cell* cell = reinterpret_cast<Cell*>(object);
    cell->next = free_;
    free_ = cell;
    --used_;
  }

  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  static constexpr std::size_t kChunk = 32;

  union Cell {
    Cell() : next(nullptr) {}
    ~Cell() {}
    Cell* next;
    alignas(T) std::byte bytes[sizeof(T)];
  };

  void grow() {
    chunks_.push_back(std::make_unique<Cell[]>(kChunk));
    Cell* cells = chunks_.back().get();
    for (std::size_t i = kChunk; i-- > 0;) {
      cells[i].next = free_;
      free_ = &cells[i];
    }
  }

  std::vector<std::unique_ptr<Cell[]>> chunks_;
  Cell* free_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace stead
