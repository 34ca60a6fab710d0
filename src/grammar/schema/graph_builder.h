// From shapes to the graph that a Machine walks. What no value can satisfy is left out, so that the machine never
// enters a part that cannot be completed.
#pragma once

#include <unordered_map>
#include <vector>

#include "grammar/node.h"
#include "grammar/schema/shape_maker.h"

namespace hearth {

class GraphBuilder {
 public:
  /// `graph` holds the punctuation already.
  /// `plain_integers`: integers are written without a fraction ("3", never "3.0", "-0"), as whoever reads them expects.
  GraphBuilder(ShapeMaker& maker, GrammarGraph& graph, bool plain_integers)
      : maker_(maker), exprs_(maker.exprs()), graph_(graph), plain_integers_(plain_integers) {}

  /// The node of an expression, with all that it leads to. Errors: kUnsupported for what the machine cannot do exactly;
  /// kInvalidArgument when no value satisfies it, unless `allow_empty`.
  NodeId build(ExprId root, bool allow_empty = false);

 private:
  /// How an object's keys fall into classes; the automaton is made again when a class turns out to have no value.
  struct KeyPlan {
    std::vector<std::string> names;
    std::vector<DfaPointer> patterns;
    std::unordered_map<std::uint64_t, std::uint32_t> class_of_matching;  ///< a bit a pattern that matches
  };

  NodeId node_of(ExprId expr);
  void fill(ExprId expr, NodeId node);
  void add_constants(const Shape& shape, std::vector<NodeId>& options);
  void add_numbers(const NumberSet& numbers, std::vector<NodeId>& options);
  void add_strings(const Shape& shape, std::vector<NodeId>& options);
  void add_array(const ArrayShape& array, const std::string& where, std::vector<NodeId>& options);
  void make_distinct(const ArrayShape& array, const std::string& where, ArrayNode& node);
  void add_object(const ObjectShape& object, const std::string& where, std::vector<NodeId>& options);
  NodeId add(GrammarNode node);

  /// Marks what can be completed, from the leaves up, and takes the rest out.
  void prune();
  bool completable(NodeId node) const;
  bool array_completable(const ArrayNode& array) const;
  bool object_completable(NodeId id, const ObjectNode& object) const;
  void prune_array(ArrayNode& array);
  void prune_object(NodeId id, ObjectNode& object);
  void count_required(ObjectNode& object) const;

  ShapeMaker& maker_;
  ExprTable& exprs_;
  GrammarGraph& graph_;
  bool plain_integers_;
  std::unordered_map<ExprId, NodeId> nodes_;
  std::vector<std::pair<ExprId, NodeId>> todo_;
  std::unordered_map<NodeId, KeyPlan> plans_;
  std::vector<std::uint8_t> productive_;
};

}  // namespace hearth
