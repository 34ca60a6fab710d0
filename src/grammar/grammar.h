// A compiled constraint on what may be written: from a JSON Schema, a regular expression, a GBNF grammar or a list of
// choices. It says nothing about tokens; a Matcher does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/node.h"
#include "grammar/schema/schema_document.h"

namespace hearth {

/// White space that a JSON text may have between its parts.
enum class JsonSpace {
  kNone,
  kLittle,  ///< nothing, one space, or one or two line ends with up to 40 spaces or tabs behind them: what models write
  kAny      ///< whatever RFC 8259 allows; also around the whole. For checking texts: a model might never end it
};

struct JsonSchemaOptions {
  bool any_order = false;  ///< named members in any order instead of the one they are declared in
  bool lenient = false;    ///< leave out what cannot be enforced and say so, instead of refusing the schema
  JsonSpace space = JsonSpace::kLittle;
  bool allow_empty = false;  ///< compile a schema that no value satisfies, instead of refusing it
  SchemaResolver resolver;   ///< documents that $ref may name besides the schema itself
};

/// Free text with parts that satisfy a schema, each between two literals.
struct TaggedOptions {
  std::string begin, end, separator;
  std::uint32_t min_parts = 0, max_parts = kUnbounded;
  bool free_text = true;     ///< other text may stand before the first part; never the beginning of a part
  std::string instead = {};  ///< a schema that the whole text may satisfy instead; empty: none
};

/// Immutable; any number of threads may use one.
class Grammar {
 public:
  /// Errors: kCorruptData where the text is no JSON; kInvalidArgument for what is no schema, or one that no value
  /// satisfies; kUnsupported naming keyword and place for what cannot be enforced exactly.
  static std::shared_ptr<const Grammar> from_json_schema(std::string_view schema,
                                                         const JsonSchemaOptions& options = {});
  /// Any JSON value ("json_object": an object).
  static std::shared_ptr<const Grammar> any_json(bool object_only, JsonSpace space = JsonSpace::kLittle);
  /// The whole text matches. Errors: as compile_regex().
  static std::shared_ptr<const Grammar> from_regex(std::string_view pattern);
  /// One of the texts. Errors: kInvalidArgument when there are none.
  static std::shared_ptr<const Grammar> from_choices(std::span<const std::string> choices);
  /// GBNF as llama.cpp writes it, from the rule "root". Errors: kInvalidArgument with line and column; kUnsupported for
  /// left recursion and beyond the limits.
  static std::shared_ptr<const Grammar> from_gbnf(std::string_view text);

  /// `begin` without the white space at its end is the trigger: free text never contains it. Behind the last part there
  /// is only white space. Errors: as from_json_schema(); kInvalidArgument where the literals or counts cannot be.
  static std::shared_ptr<const Grammar> tagged(std::string_view schema, const TaggedOptions& tagged,
                                               const JsonSchemaOptions& options = {});
  /// `grammar` behind a text from `open` to the first `close` (not empty) and white space; that text may be left out,
  /// unless `open` is empty. Errors: kInvalidArgument for literals that are no UTF-8.
  static std::shared_ptr<const Grammar> behind_preamble(const Grammar& grammar, const std::string& open,
                                                        const std::string& close);

  const GrammarGraph& graph() const { return graph_; }
  /// What a lenient compilation left out, each as the error it would have been.
  const std::vector<std::string>& dropped() const { return dropped_; }

  Grammar(GrammarGraph graph, std::vector<std::string> dropped);

 private:
  GrammarGraph graph_;
  std::vector<std::string> dropped_;
};

/// A graph with the punctuation of JSON and nothing else.
GrammarGraph json_graph(JsonSpace space);
/// Adds the nodes of a schema; what was left out goes to `dropped`. Errors: as Grammar::from_json_schema().
NodeId add_schema(GrammarGraph& graph, std::string_view schema, const JsonSchemaOptions& options,
                  std::vector<std::string>& dropped);

}  // namespace hearth
