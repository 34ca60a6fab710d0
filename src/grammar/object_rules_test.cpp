// Against counting: a member may come next if and only if some object that begins so satisfies the node.
#include "grammar/object_rules.h"

#include <gtest/gtest.h>

#include <functional>

#include "grammar/regex.h"

namespace hearth {
namespace {

/// An object on its way: which names it has, how many other keys, and which witnesses.
struct Members {
  std::vector<bool> has;
  std::uint32_t next = 0;  ///< in order: the first name that may still come
  std::uint32_t others = 0;
  std::uint32_t witnesses = 0;
  std::uint32_t count = 0;
};

struct Case {
  GrammarGraph graph;
  ObjectNode object;
  std::uint32_t n_others = 0;  ///< how many other keys there are, at most
};

bool satisfies(const Case& c, const Members& members) {
  if (members.count < c.object.min || members.count > c.object.max) return false;
  for (std::size_t i = 0; i < members.has.size(); ++i) {
    if (c.object.names[i].required && !members.has[i]) return false;
  }
  return members.witnesses == (1U << c.object.n_witnesses) - 1;
}

Members with_name(Members members, std::uint32_t name, std::uint32_t witnesses) {
  members.has[name] = true;
  members.next = name + 1;
  members.witnesses |= witnesses;
  ++members.count;
  return members;
}

Members with_other(const Case& c, Members members, std::uint32_t witnesses) {
  ++members.others;
  members.next = static_cast<std::uint32_t>(c.object.names.size());
  members.witnesses |= witnesses;
  ++members.count;
  return members;
}

bool may_write(const Case& c, const Members& members, std::uint32_t name) {
  return !members.has[name] && (c.graph.any_order || name >= members.next);
}

bool completable(const Case& c, const Members& members) {
  if (satisfies(c, members)) return true;
  if (members.count >= std::min<std::uint32_t>(c.object.max, 8)) return false;
  for (std::uint32_t name = 0; name < c.object.names.size(); ++name) {
    if (!may_write(c, members, name)) continue;
    for (const auto& variant : c.object.names[name].variants) {
      if (completable(c, with_name(members, name, variant.witnesses))) return true;
    }
  }
  if (members.others >= c.n_others) return false;
  const auto& variants = c.object.classes[0].variants;
  return std::any_of(variants.begin(), variants.end(),
                     [&](const auto& variant) { return completable(c, with_other(c, members, variant.witnesses)); });
}

void expect_exact(const Case& c) {
  const auto n_names = static_cast<std::uint32_t>(c.object.names.size());
  Members none;
  none.has.assign(n_names, false);
  ASSERT_EQ(can_complete_object(c.graph, c.object), completable(c, none));
  if (!completable(c, none)) return;
  const std::function<void(const Frame&, const Members&)> walk = [&](const Frame& frame, const Members& members) {
    ASSERT_EQ(may_close(c.graph, c.object, frame), satisfies(c, members));
    Frame key = frame;
    limit_next_key(c.graph, c.object, key);
    bool any = false;
    const auto look = [&](bool may, std::uint32_t label, const std::vector<ObjectNode::Variant>& variants,
                          const std::function<Members(std::uint32_t)>& with) {
      bool expected = false;
      Frame after = after_member(c.graph, c.object, frame, label);
      if ((label & KeyAutomaton::kClass) != 0)
        after.memory = memory_with_text(after.memory.get(), std::string(1, static_cast<char>('u' + members.others)));
      for (const auto& variant : variants) {
        const Members more = with(variant.witnesses);
        const bool good = completable(c, more);
        expected = expected || good;
        if (!may) continue;
        ASSERT_EQ(may_use_variant(c.graph, c.object, after, variant), good);
        Frame next = after;
        next.witnesses |= variant.witnesses;
        next.label = 0;
        if (good && more.count < 6) walk(next, more);
        if (::testing::Test::HasFatalFailure()) return;
      }
      ASSERT_EQ(may, expected) << "label " << label << " behind " << members.count << " members";
      any = any || may;
    };
    for (std::uint32_t name = 0; name < n_names; ++name) {
      const bool may = may_add_name(c.graph, c.object, key, name);
      if (!may_write(c, members, name)) {
        ASSERT_FALSE(may);
        continue;
      }
      look(may, name, c.object.names[name].variants,
           [&](std::uint32_t witnesses) { return with_name(members, name, witnesses); });
      if (::testing::Test::HasFatalFailure()) return;
    }
    if (c.n_others > 0) {
      const bool may = (key.flags & kClassesAllowed) != 0 && may_add_class(c.graph, c.object, key, 0);
      if (members.others >= c.n_others) {
        ASSERT_FALSE(may);
      } else {
        look(may, KeyAutomaton::kClass, c.object.classes[0].variants,
             [&](std::uint32_t witnesses) { return with_other(c, members, witnesses); });
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
    ASSERT_EQ(may_add_any(c.graph, c.object, frame), any);
  };
  Frame start;
  if (c.graph.any_order) start.next = c.object.required_from[0];
  walk(start, none);
}

/// `required` says it by letter: 'r' required, 'o' optional, 'x' may not be written. `others`: "" none, else how many.
Case make_case(bool any_order, const std::string& required, std::uint32_t n_others, std::uint32_t min,
               std::uint32_t max) {
  Case c;
  c.graph.any_order = any_order;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < required.size(); ++i) {
    names.emplace_back(1, static_cast<char>('a' + i));
    c.object.names.push_back({names.back(), required[i] == 'r', {}});
    if (required[i] != 'x') c.object.names.back().variants = {{1, 0}};
  }
  c.object.required_from.assign(names.size() + 1, 0);
  for (std::size_t i = names.size(); i-- > 0;)
    c.object.required_from[i] = c.object.required_from[i + 1] + (required[i] == 'r' ? 1 : 0);
  std::vector<DfaPointer> patterns;
  if (n_others > 0) {
    const std::string last(1, static_cast<char>('u' + std::min(n_others, 6U) - 1));
    patterns.push_back(n_others > 6 ? any_text() : compile_regex("^[u-" + last + "]$", RegexMatch::kSearch));
    c.object.classes = {{{{2, 0}}}};
  }
  c.object.keys = std::make_shared<const KeyAutomaton>(names, patterns, [n_others](std::uint64_t matching) {
    return n_others > 0 && matching == 1 ? 0U : KeyAutomaton::kNoLabel;
  });
  c.n_others = n_others;
  c.object.min = min;
  c.object.max = max;
  return c;
}

TEST(ObjectRules, CountsAndRequiredNames) {
  for (const bool any_order : {false, true}) {
    for (const char* required : {"", "r", "oro", "rxo", "oor", "xx", "rr"}) {
      for (const std::uint32_t n_others : {0U, 1U, 2U, 20U}) {
        for (const std::uint32_t min : {0U, 1U, 3U, 4U}) {
          for (const std::uint32_t max : {0U, 2U, 4U, kUnbounded}) {
            if (min > max) continue;
            expect_exact(make_case(any_order, required, n_others, min, max));
            ASSERT_FALSE(HasFatalFailure())
                << any_order << " " << required << " others " << n_others << " from " << min << " to " << max;
          }
        }
      }
    }
  }
}

TEST(ObjectRules, AWitness) {
  for (const bool any_order : {false, true}) {
    for (const char* required : {"", "r", "oro", "oo"}) {
      for (const std::uint32_t n_others : {0U, 20U}) {
        for (const std::uint32_t max : {1U, 2U, kUnbounded}) {
          for (std::uint32_t offers = 1; offers < 16; ++offers) {  // which names, and whether other keys, can be it
            Case c = make_case(any_order, required, n_others, 0, max);
            c.object.n_witnesses = 1;
            for (std::size_t i = 0; i < c.object.names.size(); ++i) {
              if ((offers >> i & 1) != 0) c.object.names[i].variants.push_back({3, 1});
            }
            if (n_others > 0 && (offers >> 3 & 1) != 0) c.object.classes[0].variants.push_back({3, 1});
            expect_exact(c);
            ASSERT_FALSE(HasFatalFailure())
                << any_order << " " << required << " others " << n_others << " to " << max << " offers " << offers;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace hearth
