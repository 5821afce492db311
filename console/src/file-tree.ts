/** Files as a tree of directories. Pure. */
import type { Schemas } from '../../clients/typescript/src/index.js';

type ImageFile = Schemas['ImageFile'];

export interface Tree {
  directories: Map<string, Tree>;
  files: ImageFile[];
}

/** Directories by name. A directory that holds one directory and nothing else stands in one line with it. */
export function treeOf(files: readonly ImageFile[]): Tree {
  const root: Tree = { directories: new Map(), files: [] };
  for (const file of files) {
    let tree = root;
    for (const name of (file.path ?? '').split('/').filter((each) => each !== '')) {
      let next = tree.directories.get(name);
      if (!next) tree.directories.set(name, (next = { directories: new Map(), files: [] }));
      tree = next;
    }
    tree.files.push(file);
  }
  return joined(root);
}

function joined({ directories, files }: Tree): Tree {
  const next = new Map<string, Tree>();
  for (const [name, below] of directories) {
    const tree = joined(below);
    const [only] = tree.directories;
    if (only && tree.directories.size === 1 && tree.files.length === 0)
      next.set(`${name}/${only[0]}`, only[1]);
    else next.set(name, tree);
  }
  return { directories: next, files };
}
