// Objects from a slab: constructed and destroyed each time, and the last one given back is the next one taken.
#include "base/slab.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

namespace stead {
namespace {

struct Tracked {
  Tracked(std::shared_ptr<int> alive_count, int given) : alive(std::move(alive_count)), value(given) { ++*alive; }
  ~Tracked() { --*alive; }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  std::shared_ptr<int> alive;
  int value;
};

TEST(Slab, ConstructsAndDestroys) {
  const auto alive = std::make_shared<int>(0);
  Slab<Tracked> slab;
  Tracked* one = slab.acquire(alive, 1);
  Tracked* two = slab.acquire(alive, 2);
  EXPECT_EQ(one->value + two->value, 3);
  EXPECT_EQ(*alive, 2);
  EXPECT_EQ(slab.used(), 2U);
  slab.release(one);
  EXPECT_EQ(*alive, 1);
  EXPECT_EQ(slab.acquire(alive, 3), one) << "still in the cache";
  slab.release(one);
  slab.release(two);
  EXPECT_EQ(*alive, 0);
  EXPECT_EQ(slab.used(), 0U);
}

TEST(Slab, ObjectsStayWhereTheyAreWhileItGrows) {
  const auto alive = std::make_shared<int>(0);
  Slab<Tracked> slab;
  std::vector<Tracked*> objects;
  for (int i = 0; i < 1000; ++i) objects.push_back(slab.acquire(alive, i));
  EXPECT_EQ(std::set<Tracked*>(objects.begin(), objects.end()).size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(objects[static_cast<std::size_t>(i)]->value, i);
  for (Tracked* object : objects) slab.release(object);
  EXPECT_EQ(*alive, 0);
}

}  // namespace
}  // namespace stead
