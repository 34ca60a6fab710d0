#include "corpus.h"

namespace hearth::fuzz {
namespace {

const char* const kByteLevel = R"({"version":"1.0","truncation":null,"padding":null,
"added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":true},
{"id":9,"content":"</s>","single_word":true,"lstrip":false,"rstrip":false,"normalized":true,"special":true}],
"normalizer":{"type":"NFC"},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},
{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},
"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},
"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
"model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"","fuse_unk":false,"byte_fallback":false,"ignore_merges":true,
"vocab":{"<s>":0,"H":1,"e":2,"l":3,"o":4,"ll":5,"llo":6,"Ġ":7,"ĠĠ":8,"a":9,"aa":10},"merges":["l l",["ll","o"],"Ġ Ġ","a a"]}})";

const char* const kSentencePiece = R"({"added_tokens":[{"id":0,"content":"<unk>","special":true,"normalized":false}],
"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
"pre_tokenizer":null,"post_processor":{"type":"RobertaProcessing","sep":["a",1],"cls":["b",2],"trim_offsets":true,"add_prefix_space":false},
"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"a":1,"b":2,"▁":3,"▁a":4,"<0xE4>":5,"<0xBD>":6,"<0xA0>":7},"merges":["▁ a"]}})";

const char* const kUnigram = R"({"added_tokens":[],
"normalizer":{"type":"Sequence","normalizers":[{"type":"Nmt"},{"type":"NFKC"},{"type":"Precompiled","precompiled_charsmap":"CAAAAAAEAAAABAAAYQAA"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "},{"type":"Strip","strip_left":true,"strip_right":true},{"type":"StripAccents"},{"type":"Lowercase"},{"type":"ByteLevel"}]},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation","behavior":"Contiguous"},{"type":"Digits","individual_digits":true},{"type":"Whitespace"},{"type":"CharDelimiterSplit","delimiter":"x"},{"type":"FixedLength","length":3},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]},
"post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["a",1],"cls":["b",2]}]},
"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
"model":{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0],["a",-1.5],["b",-2],["▁",-2.5],["▁a",-3]]}})";

const char* const kWordPiece = R"({"added_tokens":[{"id":1,"content":"[CLS]","special":true,"normalized":false}],
"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"hello":2,"##a":3,"a":4,"'":5,"s":6}}})";

const char* const kWordLevel =
    R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[\\w&&[^\\d]]+|(?=(\\d{3})+(?!\\d))|\\b[[:punct:]x-z]{,2}\\p{Han}"},"behavior":"MergedWithNext","invert":true},
"decoder":{"type":"BPEDecoder","suffix":"</w>"},"model":{"type":"WordLevel","vocab":{"a</w>":0,"u":1},"unk_token":"u"}})";

const Corpus kTokenizerJson("tokenizer_json", [] {
  return Seeds{{"byte_level", kByteLevel},
               {"sentencepiece", kSentencePiece},
               {"unigram", kUnigram},
               {"wordpiece", kWordPiece},
               {"wordlevel", kWordLevel}};
});

}  // namespace
}  // namespace hearth::fuzz
